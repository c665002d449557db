import { setImmediate as nextCheck } from 'node:timers/promises';
import type { Counters } from '../counters.js';
import type { CpuGate } from './loop-effects.js';

/**
 * The CPU-bound tasks of one connection on Node's event loop: one in each turn of the loop. Whoever asks for more, many
 * requests at once for example, lets the others in between.
 */
export function oneCpuTaskPerTurn(counters: Counters): CpuGate {
  const turn = { isTaken: false };
  const run = (task: () => unknown): unknown => {
    turn.isTaken = true;
    setImmediate(() => {
      turn.isTaken = false;
    });
    return counters.runCpuTask(task);
  };
  const runLater = async (task: () => unknown, isWanted: () => boolean): Promise<unknown> => {
    do await nextCheck();
    while (turn.isTaken);
    return isWanted() ? run(task) : undefined;
  };
  return (task, isWanted) => (turn.isTaken ? runLater(task, isWanted) : { value: run(task) });
}
