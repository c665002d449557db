import type { CpuGate, Given } from './effects.js';

interface Waiter {
  readonly begin: () => void;
  readonly isWanted: () => boolean;
}

/**
 * The CPU-bound tasks of one connection on Node's event loop: one at each visit to its check phase, between which the
 * loop asks the kernel. Whoever asks for more, many requests at once for example, lets the others in between.
 * @param run runs one when its turn has come
 */
export function oneCpuTaskPerTurn(run: CpuGate): CpuGate {
  const waiters: Waiter[] = [];
  let isTaken = false;
  const take = (): void => {
    isTaken = true;
    setImmediate(handOn);
  };
  // One callback a turn, however many wait: each with its own would make a turn as long as the queue.
  const handOn = (): void => {
    isTaken = false;
    for (let next: Waiter | undefined; (next = waiters.shift()) !== undefined;) {
      // Those of a peer that has left end all at once: nothing more is done for it.
      const isWanted = next.isWanted();
      if (isWanted) take();
      next.begin();
      if (isWanted) return;
    }
  };
  const runLater = async (task: () => unknown, isWanted: () => boolean): Promise<Given> => {
    await new Promise<void>((begin) => waiters.push({ begin, isWanted }));
    return isWanted() ? run(task, isWanted) : { value: undefined };
  };
  return (task, isWanted) => {
    if (isTaken) return runLater(task, isWanted);
    take();
    return run(task, isWanted);
  };
}
