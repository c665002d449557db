import { type RandomInt, seededRandom } from '../random.js';
import { type Interval, normalProbability, tQuantile } from './student-t.js';

/**
 * The tail that a bootstrap percentile interval must leave on each side so that it is as wide as Student's t would
 * make it: `normal(-t(1 - tail) * sqrt(n / (n - 1)))`. Plain percentiles are too narrow for a handful of values.
 * T. Hesterberg, What Teachers Should Know About the Bootstrap, The American Statistician 69 (2015): the expanded
 * percentile interval.
 */
export function expandedTail(tail: number, values: number): number {
  return normalProbability(-tQuantile(1 - tail, values - 1) * Math.sqrt(values / (values - 1)));
}

/**
 * A confidence interval of the median of `values` by bootstrap: `resamples` samples drawn with replacement, their
 * medians sorted, the expanded percentiles read off. With two or three values it is their whole range.
 */
export function medianInterval(
  values: readonly number[],
  { confidence = 0.95, resamples = 10_000, seed = 1 } = {},
): Interval {
  if (values.length < 2) return { low: -Infinity, high: Infinity };
  const medians = bootstrapMedians(Float64Array.from(values).toSorted(), resamples, seededRandom(seed));
  const rank = Math.floor(expandedTail((1 - confidence) / 2, values.length) * resamples);
  return { low: medians[rank] as number, high: medians[resamples - 1 - rank] as number };
}

/**
 * Medians of resamples, ascending. Only ranks are drawn: counting how often each of the sorted values was drawn and
 * walking to the middle costs less than sorting every resample.
 */
function bootstrapMedians(sorted: Float64Array, resamples: number, random: RandomInt): Float64Array {
  const size = sorted.length;
  const drawn = new Uint16Array(size);
  const medians = new Float64Array(resamples);
  const lowerMiddle = (size - 1) >> 1;
  const upperMiddle = size >> 1;
  for (let i = 0; i < resamples; i++) {
    drawn.fill(0);
    for (let k = 0; k < size; k++) {
      const chosen = random(0, size - 1);
      drawn[chosen] = (drawn[chosen] as number) + 1;
    }
    let at = 0;
    let seen = drawn[0] as number;
    while (seen <= lowerMiddle) seen += drawn[++at] as number;
    const lower = sorted[at] as number;
    while (seen <= upperMiddle) seen += drawn[++at] as number;
    medians[i] = (lower + (sorted[at] as number)) / 2;
  }
  return medians.toSorted();
}
