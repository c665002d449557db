import { resultOrErrno } from './errno.js';
import { lazyLibc } from './libc.js';

// <sys/prctl.h>; the same numbers on x64 and arm64.
export const PR_SET_PDEATHSIG = 1;
export const PR_SET_NAME = 15;
export const PR_SET_TIMERSLACK = 29;

interface Functions {
  readonly prctl: (option: number, value: number, b: number, c: number, d: number) => number;
  readonly prctlText: (option: number, text: string) => number;
}

const libc = lazyLibc<Functions>({
  prctl: 'int prctl(int option, unsigned long value, unsigned long b, unsigned long c, unsigned long d)',
  prctlText: 'int prctl(int option, const char *text)',
});

/** Tells the kernel how to treat the calling process or thread: what `option` gives, or `-errno`. */
export function prctl(option: number, value: number): number {
  // Some options look at arguments that they do not have, and want them to be 0.
  return resultOrErrno(libc().prctl(option, value, 0, 0, 0));
}

/** For an option that is a text: what it gives, or `-errno`. */
export function prctlText(option: number, text: string): number {
  return resultOrErrno(libc().prctlText(option, text));
}
