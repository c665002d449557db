import { SyscallError } from './errno.js';
import { PR_SET_PDEATHSIG, prctl } from './prctl.js';

// <signal.h>; the same number on x64 and arm64.
const SIGKILL = 9;

/** Has the kernel kill this process when the thread that started it ends, whatever this process is busy with. */
export function dieWithParent(): void {
  const result = prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (result < 0) throw new SyscallError('prctl', -result);
}
