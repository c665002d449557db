import { unsupportedReason } from './platform.js';
import { PR_SET_NAME, prctlText } from './prctl.js';

/**
 * Names the calling thread, so that `ps -L`, `top -H` and `/proc/PID/task/TID/comm` tell it from those of Node's own.
 * Where there are no system calls of ours it keeps the name it has.
 * @param name the kernel keeps 15 bytes of it
 */
export function nameThread(name: string): void {
  if (unsupportedReason() === undefined) prctlText(PR_SET_NAME, name);
}
