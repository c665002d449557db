import type { Clock } from '../core/clock.js';

/** Steps of the computation: about 10 ms on a processor of today. */
const steps = 8_000_000;

/**
 * How long a fixed computation takes right now, in milliseconds: the machine's pace, others who use it included. Two
 * results whose paces differ were not measured alike, whatever the machine is called.
 */
export function measurePaceMs(clock: Clock): number {
  const startedAt = clock.now();
  let x = 1;
  // A linear congruential generator: each step needs the last, so that nothing can be left out or done at once.
  for (let i = 0; i < steps; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
  const elapsedMs = clock.now() - startedAt;
  // The result is used, or the compiler would see that nobody needs the loop.
  return x === 0 ? elapsedMs + Number.EPSILON : elapsedMs;
}
