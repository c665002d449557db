import type { Socket } from 'node:net';
import { unsupportedReason } from '../../../net/sys/platform.js';
import { type SocketQueues, socketQueues } from '../../../net/sys/socket-queues.js';
import { descriptorOf } from './descriptor.js';

/** What libuv reads at most at once: there is more where it was filled. */
export const fullBufferBytes = 64 * 1024;

/** What the kernel has of a connection, and the stream before it. Where the kernel cannot be asked, a look is due. */
export function queuesOf(socket: Socket): SocketQueues {
  const fd = descriptorOf(socket);
  const { arrivedBytes, onWayBytes } =
    fd >= 0 && unsupportedReason() === undefined ? socketQueues(fd) : { arrivedBytes: fullBufferBytes, onWayBytes: 0 };
  return { arrivedBytes: arrivedBytes + socket.readableLength, onWayBytes: onWayBytes + socket.writableLength };
}
