import type { CpuGate, Given, Performed } from './effects.js';

/**
 * The CPU-bound tasks of one connection on Node's event loop: one at each visit to its check phase, between which the
 * loop asks the kernel. Whoever asks for more, many requests at once for example, lets the others in between. Nor does
 * the next one begin while one waits for what others have: a connection stands in line once.
 * @param run runs one when its turn has come
 */
export function oneCpuTaskPerTurn(run: CpuGate): CpuGate {
  /** Each says whether it has taken the turn. */
  const waiting: (() => boolean)[] = [];
  let isTaken = false;
  // One callback a turn, however many wait: each with its own would make a turn as long as the queue.
  const handOn = (): void => {
    isTaken = false;
    // Those of a peer that has left end all at once: nothing more is done for it.
    for (let next: (() => boolean) | undefined; (next = waiting.shift()) !== undefined;) if (next()) return;
  };
  const nextTurn = (): void => {
    setImmediate(handOn);
  };
  const runInTurn = (task: () => unknown, isWanted: () => boolean): Performed => {
    isTaken = true;
    let performed: Performed | undefined;
    try {
      performed = run(task, isWanted);
      return performed;
    } finally {
      if (performed instanceof Promise) void performed.then(nextTurn, nextTurn);
      else nextTurn();
    }
  };
  // What the task throws rejects.
  const begin = async (task: () => unknown, isWanted: () => boolean): Promise<Given> => runInTurn(task, isWanted);
  const runLater = (task: () => unknown, isWanted: () => boolean): Promise<Given> =>
    new Promise((resolve) => {
      waiting.push(() => {
        const hasBegun = isWanted();
        resolve(hasBegun ? begin(task, isWanted) : { value: undefined });
        return hasBegun;
      });
    });
  return (task, isWanted) => (isTaken ? runLater(task, isWanted) : runInTurn(task, isWanted));
}
