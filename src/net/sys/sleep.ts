import { EINTR, resultOrErrno, SyscallError } from './errno.js';
import { lazyLibc } from './libc.js';
import { PR_SET_TIMERSLACK, prctl } from './prctl.js';
import { toTimespec } from './timespec.js';

interface Functions {
  readonly nanosleep: (request: BigInt64Array, remaining: BigInt64Array) => number;
}

const libc = lazyLibc<Functions>({ nanosleep: 'int nanosleep(const void *request, void *remaining)' });

/** Blocks the calling THREAD in the kernel for at least `ms` milliseconds. */
export function nanosleep(ms: number): void {
  // A signal ends the sleep early and leaves the rest of the time here.
  const timespec = new BigInt64Array(2);
  toTimespec(ms, timespec);
  for (;;) {
    const result = resultOrErrno(libc().nanosleep(timespec, timespec));
    if (result === 0) return;
    if (result !== -EINTR) throw new SyscallError('nanosleep', -result);
  }
}

/** The calling thread's timed waits end when they should, and not up to 50 µs later, which saves the kernel wake-ups. */
export function wakePrecisely(): void {
  prctl(PR_SET_TIMERSLACK, 1);
}
