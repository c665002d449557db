import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * Lets a process end with its own exit code when its terminal has been closed meanwhile. At exit Node gives terminals
 * their mode back, and before 22.16 it aborts where one is gone (nodejs/node#51519); closed descriptors it lets be.
 */
export function surviveLostTerminal(process: NodeJS.Process): void {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd));
  process.on('exit', () => {
    for (const fd of terminals.filter((one) => !isatty(one))) closeSync(fd);
  });
}
