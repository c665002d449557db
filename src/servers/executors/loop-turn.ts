import { setImmediate as nextCheck } from 'node:timers/promises';

/**
 * Lets Node's loop ask the kernel once more: when it is done, whatever had arrived before has had its callback.
 * (The first `setImmediate` may fire right after the poll that is under way; between the two lies a whole one.)
 */
export async function fullTurn(): Promise<void> {
  await nextCheck();
  await nextCheck();
}
