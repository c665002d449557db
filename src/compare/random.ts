import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Integers from `min` to `max`, both included, the same ones for the same seed. */
export type RandomInt = (min: number, max: number) => number;

/** Its first numbers still show the seed: of seeds below a million the first draw would be the same for all. */
const skipped = 8;

export function seededRandom(seed: number): RandomInt {
  const generator = xoroshiro128plus(seed);
  for (let i = 0; i < skipped; i++) generator.next();
  // Multiplying instead of rejecting is off by less than one in a million for ranges like ours, and quicker.
  return (min, max) => min + Math.floor(((generator.next() >>> 0) / 2 ** 32) * (max - min + 1));
}

/** A copy of `items` in random order (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], random: RandomInt): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const chosen = random(0, last);
    const moved = result[last] as T;
    result[last] = result[chosen] as T;
    result[chosen] = moved;
  }
  return result;
}
