import { resultOrThrow } from './errno.js';
import { lazyLibc } from './libc.js';

// <sys/prctl.h>, <signal.h>; the same numbers on x64 and arm64.
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

interface Functions {
  readonly prctl: (option: number, value: number) => number;
}

const libc = lazyLibc<Functions>({ prctl: 'int prctl(int option, unsigned long value)' });

/** Has the kernel kill this process when the thread that started it ends, whatever this process is busy with. */
export function dieWithParent(): void {
  resultOrThrow('prctl', libc().prctl(PR_SET_PDEATHSIG, SIGKILL));
}
