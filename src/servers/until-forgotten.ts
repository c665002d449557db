import type { Worker } from 'node:cluster';

/**
 * Resolves when `node:cluster` has forgotten a process that has ended. Until then it keeps the listening socket for it,
 * and gives it connections: also those of the next server that asks for any free port.
 */
export function untilForgotten(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('disconnect', resolve);
    // Node forgets it at 'disconnect', which never comes when a connection was on its way: Node still waits for the
    // process to acknowledge it. With 'close' all that the process has ever sent is read.
    worker.process.once('close', () => setImmediate(() => worker.process.emit('disconnect')));
  });
}
