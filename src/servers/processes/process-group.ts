import process from 'node:process';

/**
 * Kills a process that leads a group of its own, together with all that it has started: the processes of a cluster would
 * complain of its end otherwise. kill(2).
 */
export function killGroup(leader: number): void {
  try {
    process.kill(process.platform === 'win32' ? leader : -leader, 'SIGKILL');
  } catch {
    // Ended already.
  }
}
