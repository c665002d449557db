import { seededRandom } from '../random.js';

/** Up to this many differences every flip of signs is looked at (a million); beyond, a random sample of them. */
const mostExact = 20;
const samples = 100_000;

/**
 * The two-sided p-value of Fisher's randomisation test for paired differences: how often the sum would be at least
 * as far from zero, were every difference as likely the other way round. Exact, and assumes nothing about the
 * distribution but that.
 *
 * R. A. Fisher, The Design of Experiments (1935), section 21.
 */
export function signFlipP(differences: readonly number[], seed = 1): number {
  const nonZero = differences.filter((difference) => difference !== 0);
  const total = Math.abs(nonZero.reduce((sum, difference) => sum + difference, 0));
  // Sums of the same numbers in another order differ in the last bits.
  const least = total - 1e-12 * nonZero.reduce((sum, difference) => sum + Math.abs(difference), 0);
  return nonZero.length <= mostExact ? exactP(nonZero, least) : sampledP(nonZero, least, seed);
}

/** Walks all sign patterns in Gray code order, so that each step flips one sign. */
function exactP(differences: readonly number[], least: number): number {
  const patterns = 2 ** differences.length;
  const signs = differences.map(() => 1);
  let sum = differences.reduce((all, difference) => all + difference, 0);
  let extreme = 0;
  for (let pattern = 1; ; pattern++) {
    if (Math.abs(sum) >= least) extreme += 1;
    if (pattern === patterns) return extreme / patterns;
    const flipped = 31 - Math.clz32(pattern & -pattern);
    const sign = -(signs[flipped] as number);
    signs[flipped] = sign;
    sum += 2 * sign * (differences[flipped] as number);
  }
}

function sampledP(differences: readonly number[], least: number, seed: number): number {
  const random = seededRandom(seed);
  let extreme = 1; // what was observed is one of the patterns
  for (let i = 0; i < samples; i++) {
    let sum = 0;
    let signs = 0;
    for (let place = 0; place < differences.length; place++) {
      // One draw is good for 32 signs.
      if (place % 32 === 0) signs = random(0, 2 ** 32 - 1);
      sum += (1 - 2 * (signs & 1)) * (differences[place] as number);
      signs >>>= 1;
    }
    if (Math.abs(sum) >= least) extreme += 1;
  }
  return extreme / (samples + 1);
}
