import { EINTR, resultOrErrno, SyscallError } from './errno.js';
import { lazyLibc } from './libc.js';

interface Functions {
  readonly prctl: (option: number, value: number, b: number, c: number, d: number) => number;
  readonly nanosleep: (request: BigInt64Array, remaining: BigInt64Array) => number;
}

const libc = lazyLibc<Functions>({
  prctl: 'int prctl(int option, unsigned long value, unsigned long b, unsigned long c, unsigned long d)',
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

const PR_SET_TIMERSLACK = 29;

/** The calling thread's timed waits end when they should, and not up to 50 µs later, which saves the kernel wake-ups. */
export function wakePrecisely(): void {
  libc().prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}
