import { lazyLibc } from './libc.js';
import { unsupportedReason } from './platform.js';

interface Functions {
  readonly clock_gettime: (clock: number, time: BigInt64Array) => number;
}

const libc = lazyLibc<Functions>({
  clock_gettime: 'int clock_gettime(int clock, void *time)',
});

/** "All threads of this process, time in the scheduler's own nanoseconds": CPUCLOCK_SCHED of the Linux kernel. */
const schedulerClock = 2;

/**
 * Processor time of a process in microseconds: of all its threads, ended ones too, but not of its children. Exact
 * to the nanosecond, where `/proc/PID/stat` is cut off to hundredths of a second. `undefined` when there is no such
 * process. The clock's id is made from the process id as clock_getcpuclockid(3) does.
 */
export function processCpuUs(pid: number): number | undefined {
  const timespec = new BigInt64Array(2);
  if (libc().clock_gettime((~pid << 3) | schedulerClock, timespec) !== 0) return undefined;
  return Number(timespec[0]) * 1e6 + Number(timespec[1]) / 1e3;
}

/** CLOCK_THREAD_CPUTIME_ID of <time.h>. */
const threadClock = 3;

/** Processor time of the calling thread in milliseconds; `undefined` where system calls cannot be made. */
export function threadCpuMs(): number | undefined {
  if (unsupportedReason() !== undefined) return undefined;
  const timespec = new BigInt64Array(2);
  if (libc().clock_gettime(threadClock, timespec) !== 0) return undefined;
  return Number(timespec[0]) * 1e3 + Number(timespec[1]) / 1e6;
}
