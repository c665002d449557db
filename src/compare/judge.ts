import { median } from 'simple-statistics';
import { failsMore, failsMoreThanSomebody } from '../core/failures.js';
import type { CompareCandidate, CompareReport, Effect, MetricId, Rank, Verdict } from '../core/results.js';
import { leastRoundsForVerdict } from '../core/results/compare.js';
import { type Metric, metrics } from './metrics.js';
import { type Pair, type RoundEffect, differenceEffect, ratioEffect } from './statistics/effect.js';
import { holm } from './statistics/holm.js';
import { directionOf, verdictOf } from './statistics/verdict.js';

/** How candidates are set against each other. */
export interface JudgeOptions {
  readonly rankedBy: MetricId;
  /** Id of the candidate that the others are set against; the first when there is no such. */
  readonly baseline: string | undefined;
  readonly seed: number;
}

/** The part of a report that says who is better. */
export function judge(
  candidates: readonly CompareCandidate[],
  { rankedBy, baseline, seed }: JudgeOptions,
): Pick<CompareReport, 'baseline' | 'effects' | 'rankedBy' | 'rankings'> {
  const reference = candidates.find(({ id }) => id === baseline) ?? candidates[0];
  const others = candidates.filter((candidate) => candidate !== reference);
  return {
    baseline: reference?.id ?? '',
    effects: reference === undefined ? [] : others.flatMap((other) => effectsAgainst(other, reference, seed)),
    rankedBy,
    rankings: metrics.map(({ id }) => ({ metric: id, ranks: rankBy(id, candidates, seed) })),
  };
}

/** Whose rounds are held against another's. */
export type Measured = Pick<CompareCandidate, 'id' | 'rounds'>;

/** Every metric of `candidate` against `baseline`; the more metrics are looked at, the stricter each is judged. */
export function effectsAgainst(candidate: Measured, baseline: Measured, seed: number): Effect[] {
  const found = metrics.flatMap((metric) => {
    const effect = effectIn(metric, candidate, baseline, seed);
    // One round has no interval.
    return effect === undefined || effect.rounds < 2 ? [] : [{ metric, effect }];
  });
  const adjusted = holm(found.map(({ effect }) => effect.p));
  return found.map(({ metric, effect }, place): Effect => {
    const adjustedP = adjusted[place] ?? 1;
    return {
      metric: metric.id,
      candidate: candidate.id,
      baseline: baseline.id,
      ...effect,
      adjustedP,
      minimumPercent: metric.minimumPercent,
      detectablePercent: metric.minimumPercent + longerArm(effect),
      verdict: withoutFalseWins(
        verdictOf({ ...effect, p: adjustedP }, metric.minimumPercent, metric.better),
        candidate,
        baseline,
      ),
    };
  });
}

function countsOf({ rounds }: Measured): { readonly requests: number; readonly failed: number } {
  return {
    requests: rounds.reduce((sum, { requests }) => sum + requests, 0),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** A better figure of a server that fails more is no better figure: it did less work. */
export function withoutFalseWins(verdict: Verdict, candidate: Measured, baseline: Measured): Verdict {
  const [own, theirs] = [countsOf(candidate), countsOf(baseline)];
  const falselyWon = verdict === 'faster' ? failsMore(own, theirs) : verdict === 'slower' && failsMore(theirs, own);
  return falselyWon ? 'inconclusive' : verdict;
}

function longerArm({ percent, lowPercent, highPercent }: RoundEffect): number {
  return Math.max(highPercent - percent, percent - lowPercent);
}

function effectIn(metric: Metric, candidate: Measured, baseline: Measured, seed: number): RoundEffect | undefined {
  // The same round of both: one that was interrupted or failed leaves a gap, not a shift.
  const partners = new Map(baseline.rounds.map((round) => [round.round, round]));
  const pairs = candidate.rounds.flatMap((round): Pair[] => {
    const partner = partners.get(round.round);
    return partner === undefined ? [] : [[metric.of(round), metric.of(partner)]];
  });
  return metric.scale === 'ratio' ? ratioEffect(pairs, seed) : differenceEffect(pairs, seed);
}

/**
 * Places in one metric, the best first. Going down from the best median, a candidate opens a new place only when it
 * can be told apart from the first of the place before it; else it shares that place.
 *
 *     medians   110 k   108 k   71 k   70 k   12 k
 *     rank        1       1      3      3      5
 *
 * Those who fail more often than the most reliable one come after all who do not.
 */
export function rankBy(id: MetricId, candidates: readonly Measured[], seed: number): Rank[] {
  const metric = metrics.find((known) => known.id === id) as Metric;
  const typical = (candidate: Measured): number => {
    const values = candidate.rounds.map(metric.of).filter((value) => value !== undefined);
    if (values.length > 0) return median(values);
    return metric.better === 'higher' ? -Infinity : Infinity;
  };
  const counts = candidates.map(countsOf);
  const fails = (candidate: Measured): boolean => failsMoreThanSomebody(countsOf(candidate), counts);
  const sorted = candidates
    .map((candidate) => ({ candidate, middle: typical(candidate) }))
    .toSorted((a, b) => (a.middle === b.middle ? 0 : a.middle < b.middle === (metric.better === 'lower') ? -1 : 1))
    .map(({ candidate }) => candidate)
    .toSorted((a, b) => Number(fails(a)) - Number(fails(b)));
  const ranks: Rank[] = [];
  let leader: Measured | undefined;
  let rank = 1;
  for (const [place, candidate] of sorted.entries()) {
    if (leader === undefined || fails(leader) !== fails(candidate) || canBeToldApart(metric, candidate, leader, seed)) {
      leader = candidate;
      rank = place + 1;
    }
    ranks.push({ id: candidate.id, rank });
  }
  return ranks;
}

function isMeasured(metric: Metric, { rounds }: Measured): boolean {
  return rounds.some((round) => metric.of(round) !== undefined);
}

/** By verdict; of fewer rounds than a verdict needs, by the interval alone: a look, no more. */
function canBeToldApart(metric: Metric, candidate: Measured, leader: Measured, seed: number): boolean {
  const effect = effectIn(metric, candidate, leader, seed);
  // Who was not measured comes last; two who never ran in the same round cannot be told apart.
  if (effect === undefined) return !isMeasured(metric, candidate) && isMeasured(metric, leader);
  if (effect.rounds < leastRoundsForVerdict) return directionOf(effect, metric.minimumPercent) !== 'neither';
  const verdict = verdictOf(effect, metric.minimumPercent, metric.better);
  return verdict === 'faster' || verdict === 'slower';
}
