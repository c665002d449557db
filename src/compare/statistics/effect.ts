import { median } from 'simple-statistics';
import { leastRoundsForVerdict } from '../../core/results/compare.js';
import { medianInterval } from './bootstrap.js';
import { signFlipP } from './sign-flip.js';
import { tInterval } from './student-t.js';

/** How a candidate differs from a baseline over rounds, in percent (or percentage points). */
export interface RoundEffect {
  readonly rounds: number;
  readonly percent: number;
  readonly lowPercent: number;
  readonly highPercent: number;
  readonly p: number;
}

/** One value of the candidate and one of the baseline for each round of both. */
export type Pair = readonly [candidate: number | undefined, baseline: number | undefined];

/**
 * The ratio of candidate to baseline minus one, round by round: both were driven in the same round, minutes apart at
 * most, so what slowed the machine down slowed both. Ratios are taken as logarithms, where twice and half are equally
 * far from one. Pairs with a missing or non-positive value are left out.
 *
 * @returns `undefined` when no pair is left
 */
export function ratioEffect(pairs: readonly Pair[], seed = 1): RoundEffect | undefined {
  const logRatios = pairs.flatMap(([candidate = 0, baseline = 0]) =>
    candidate > 0 && baseline > 0 ? [Math.log(candidate / baseline)] : [],
  );
  return effectOf(logRatios, (logRatio) => Math.expm1(logRatio) * 100, seed);
}

/** Candidate minus baseline, round by round, for figures that are often zero. */
export function differenceEffect(pairs: readonly Pair[], seed = 1): RoundEffect | undefined {
  const differences = pairs.flatMap(([candidate, baseline]) =>
    candidate === undefined || baseline === undefined ? [] : [candidate - baseline],
  );
  return effectOf(differences, (difference) => difference, seed);
}

function effectOf(
  differences: readonly number[],
  toPercent: (difference: number) => number,
  seed: number,
): RoundEffect | undefined {
  if (differences.length === 0) return undefined;
  // A handful of values is no sample to draw from; Student's t knows how little it says.
  const { low, high } =
    differences.length < leastRoundsForVerdict ? tInterval(differences) : medianInterval(differences, { seed });
  return {
    rounds: differences.length,
    percent: toPercent(median([...differences])),
    lowPercent: toPercent(low),
    highPercent: toPercent(high),
    p: signFlipP(differences, seed),
  };
}
