import { EINTR, resultOrErrno, SyscallError } from './errno.js';
import { lazyLibc } from './libc.js';

interface Functions {
  readonly nanosleep: (request: BigInt64Array, remaining: BigInt64Array) => number;
}

const libc = lazyLibc<Functions>({
  nanosleep: 'int nanosleep(const void *request, void *remaining)',
});

/** Blocks the calling THREAD in the kernel for at least `ms` milliseconds. */
export function nanosleep(ms: number): void {
  // struct timespec: seconds and nanoseconds, 8 bytes each. A signal ends the sleep early and leaves the rest here.
  const wholeSeconds = Math.floor(ms / 1000);
  const timespec = BigInt64Array.of(BigInt(wholeSeconds), BigInt(Math.ceil((ms - wholeSeconds * 1000) * 1e6)));
  for (;;) {
    const result = resultOrErrno(libc().nanosleep(timespec, timespec));
    if (result === 0) return;
    if (result !== -EINTR) throw new SyscallError('nanosleep', -result);
  }
}
