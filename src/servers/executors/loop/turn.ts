import type { Server } from 'node:net';
import { setImmediate as nextCheck } from 'node:timers/promises';
import { dropNewcomers } from '../../../net/sys/newcomers.js';
import { unsupportedReason } from '../../../net/sys/platform.js';
import { descriptorOf } from './descriptor.js';

/**
 * Lets Node's loop ask the kernel once more: when it is done, whatever had arrived before has had its callback.
 * (The first `setImmediate` may fire right after the poll that is under way; between the two lies a whole one.)
 */
export async function fullTurn(): Promise<void> {
  await nextCheck();
  await nextCheck();
}

/**
 * Lets Node's loop accept whoever waits in the accept queue, and keeps newcomers away: it takes one connection per turn,
 * so this goes on until a turn brings none. To be done before a listening socket is closed, which resets those who still wait.
 * @param accepted how many connections there have been so far
 * @param most after so many turns it is enough: where newcomers cannot be kept away, more keep coming than have waited
 */
export async function acceptWaiting(server: Server, accepted: () => number, most: number): Promise<void> {
  const listener = descriptorOf(server);
  if (listener >= 0 && unsupportedReason() === undefined) dropNewcomers(listener);
  for (let seen = -1, turns = 0; seen !== accepted() && turns < most; turns++) {
    seen = accepted();
    await fullTurn();
  }
}
