import type { Verdict } from '../../core/results.js';
import { falseAlarms, leastRoundsForVerdict } from '../../core/results/compare.js';
import type { RoundEffect } from './effect.js';

/**
 * Whether a change is real and large enough to care:
 *
 *          faster          -δ    same    +δ         slower          (when lower is better)
 *     ├──[interval]──┤      ├──[──]──┤      ├──[interval]──┤
 *                        ├──[interval]──┤  inconclusive
 *
 * The whole confidence interval must lie on one side; an interval that only excludes zero raised false alarms in
 * 3 of 15 comparisons of identical servers, with the minimum effect in none.
 */
export function verdictOf(effect: RoundEffect, minimumPercent: number, better: 'higher' | 'lower'): Verdict {
  if (effect.rounds < leastRoundsForVerdict) return 'inconclusive';
  const direction = directionOf(effect, minimumPercent);
  if (direction === 'neither') return isWithin(effect, minimumPercent) ? 'same' : 'inconclusive';
  if (effect.p >= falseAlarms) return 'inconclusive';
  return direction === better ? 'faster' : 'slower';
}

/** On which side of ±δ the whole interval lies. δ is a ratio: +5 % and its inverse -4.76 % are equally large. */
export function directionOf(
  { lowPercent, highPercent }: RoundEffect,
  minimumPercent: number,
): 'higher' | 'lower' | 'neither' {
  if (lowPercent > minimumPercent) return 'higher';
  return highPercent < inverse(minimumPercent) ? 'lower' : 'neither';
}

function isWithin({ lowPercent, highPercent }: RoundEffect, minimumPercent: number): boolean {
  return lowPercent >= inverse(minimumPercent) && highPercent <= minimumPercent;
}

/** +25 % the other way round is -20 %. */
function inverse(percent: number): number {
  return (1 / (1 + percent / 100) - 1) * 100;
}
