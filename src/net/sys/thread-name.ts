import { lazyLibc } from './libc.js';
import { unsupportedReason } from './platform.js';

// <sys/prctl.h>; the same number on x64 and arm64.
const PR_SET_NAME = 15;

interface Functions {
  readonly prctl: (option: number, name: string) => number;
}

const libc = lazyLibc<Functions>({ prctl: 'int prctl(int option, const char *name)' });

/**
 * Names the calling thread, so that `ps -L`, `top -H` and `/proc/PID/task/TID/comm` tell it from those of Node's own.
 * Where there are no system calls of ours it keeps the name it has.
 * @param name the kernel keeps 15 bytes of it
 */
export function nameThread(name: string): void {
  if (unsupportedReason() === undefined) libc().prctl(PR_SET_NAME, name);
}
