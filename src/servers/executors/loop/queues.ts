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

/** How many bytes the kernel has taken so far. Node tells it to nobody: its own time limits look at the same handle. */
export function bytesSentOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { readonly _handle: StreamHandle | null };
  return handle === null ? 0 : handle.bytesWritten - handle.writeQueueSize;
}

interface StreamHandle {
  /** Those given to libuv. */
  readonly bytesWritten: number;
  /** Those of them that it still has. */
  readonly writeQueueSize: number;
}
