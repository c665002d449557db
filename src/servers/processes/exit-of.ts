import type { ChildProcess } from 'node:child_process';

/** Resolves when a process has ended, to how: `exit code 3`, `SIGKILL`, or why it could not be started. */
export function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    // Where there was never a process (EAGAIN: there are too many) no exit follows.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
  });
}
