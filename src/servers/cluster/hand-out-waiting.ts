import { setTimeout as sleep } from 'node:timers/promises';
import { fullTurn } from '../executors/loop/turn.js';
import type { ClusterProcess } from './process.js';

/** A process that computes does not answer; the others need not wait for it. */
const longestAnswerMs = 250;

/** How many connections each process has been handed and has served or refused; `undefined` for who does not say. */
function takenBy(processes: readonly ClusterProcess[]): Promise<(number | undefined)[]> {
  const silence = sleep(longestAnswerMs, undefined, { ref: false });
  return Promise.all(
    processes.map(async (process) => {
      const stats = await Promise.race([process.stats(), silence]);
      return stats && stats.connections.accepted + stats.connections.rejected;
    }),
  );
}

/**
 * Lets the primary accept whoever waits in the accept queue and hand each to a process, until a round brings none. To
 * be done before the processes close. A descriptor and the question for the counters travel on one channel, so a
 * process that answers has counted what was handed to it before, and is free for the next: while one does, nobody waits
 * in the primary. While all compute, somebody may.
 */
export async function handOutWaiting(processes: readonly ClusterProcess[], mostRounds: number): Promise<void> {
  let before: readonly (number | undefined)[] = [];
  for (let rounds = 0; rounds < mostRounds && processes.some((process) => process.isRunning); rounds++) {
    await fullTurn();
    const now = await takenBy(processes);
    const known = now.flatMap((count, i) => (count === undefined ? [] : [count === before[i]]));
    if (known.length > 0 && known.every(Boolean)) return;
    before = now;
  }
}
