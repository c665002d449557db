import { lazyLibc } from './libc.js';
import { isClosed } from './socket.js';

// <asm-generic/ioctls.h>, for tcp(7): SIOCINQ and SIOCOUTQ. The same on x64 and arm64.
const SIOCINQ = 0x541b;
const SIOCOUTQ = 0x5411;

interface Functions {
  readonly ioctl: (fd: number, request: number, value: Int32Array) => number;
}

const libc = lazyLibc<Functions>({ ioctl: 'int ioctl(int fd, unsigned long request, void *value)' });

/** What the kernel has of a connection. */
export interface SocketQueues {
  /** Bytes that have arrived, and nobody has read. */
  readonly arrivedBytes: number;
  /** Bytes that were sent, and have not arrived at the peer's kernel yet: a reset would lose them. */
  readonly onWayBytes: number;
}

/** Those of a connected socket. Of one that was reset nothing is on its way: the kernel goes on to count what was. */
export function socketQueues(fd: number): SocketQueues {
  const onWayBytes = queued(fd, SIOCOUTQ);
  return { arrivedBytes: queued(fd, SIOCINQ), onWayBytes: onWayBytes > 0 && isClosed(fd) ? 0 : onWayBytes };
}

function queued(fd: number, request: number): number {
  const value = new Int32Array(1);
  return libc().ioctl(fd, request, value) === 0 ? (value[0] as number) : 0;
}
