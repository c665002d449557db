import { EAGAIN, resultOrErrno, resultOrThrow, SyscallError } from './errno.js';
import { lazyLibc } from './libc.js';

// <sys/eventfd.h>; the same numbers on x64 and arm64.
const EFD_NONBLOCK = 0x800;
const EFD_CLOEXEC = 0x8_0000;

interface Functions {
  readonly eventfd: (initial: number, flags: number) => number;
  readonly read: (fd: number, buffer: BigUint64Array, length: number) => number;
  readonly write: (fd: number, buffer: BigUint64Array, length: number) => number;
}

const libc = lazyLibc<Functions>({
  eventfd: 'int eventfd(uint initial, int flags)',
  read: 'int64_t read(int fd, void *buffer, size_t length)',
  write: 'int64_t write(int fd, const void *buffer, size_t length)',
});

/** What a signal adds. */
const one = BigUint64Array.of(1n);
/** Where a drained counter goes, which nobody looks at. */
const drained = new BigUint64Array(1);

/**
 * A descriptor that becomes readable when any thread signals it: the one door by which others wake a thread that
 * waits in `epoll_wait`, `poll` or `io_uring_enter`. Non-blocking; close it with `close` of socket.ts.
 */
export function createEventfd(): number {
  return resultOrThrow('eventfd', libc().eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

/** Makes it readable. Signals add up to one until it is drained. */
export function signalEventfd(fd: number): void {
  const result = resultOrErrno(libc().write(fd, one, 8));
  // EAGAIN: the counter is full, so it is readable already.
  if (result < 0 && result !== -EAGAIN) throw new SyscallError('write', -result);
}

/** Makes it unreadable again; true when it had been signalled. */
export function drainEventfd(fd: number): boolean {
  const result = resultOrErrno(libc().read(fd, drained, 8));
  if (result < 0 && result !== -EAGAIN) throw new SyscallError('read', -result);
  return result > 0;
}
