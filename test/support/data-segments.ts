import { lazyLibc } from '../../src/net/sys/libc.js';

const libc = lazyLibc<{
  readonly getsockopt: (fd: number, level: number, name: number, value: Uint32Array, length: Uint32Array) => number;
}>({ getsockopt: 'int getsockopt(int fd, int level, int name, void *value, void *length)' });

const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** Where `struct tcp_info` of linux/tcp.h has it, in words of four bytes. */
const dataSegsInAt = 152 / 4;

/** How many segments with data have come to a TCP socket: one for each `send` of the peer, up to 64 KiB (tcp(7)). */
export function dataSegmentsReceived(fd: number): number {
  const info = new Uint32Array(64);
  const result = libc().getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, Uint32Array.of(info.byteLength));
  if (result !== 0) throw new Error('the kernel tells nothing of the socket');
  return info[dataSegsInAt] as number;
}
