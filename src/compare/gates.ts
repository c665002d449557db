import type { CompareCandidate, Effect, Gate, MetricId, RoundResult } from '../core/results.js';
import { falseAlarms, leastRoundsForVerdict } from '../core/results/compare.js';
import { type Measured, effectsAgainst, withoutFalseWins } from './judge.js';
import { metrics } from './metrics.js';
import { holm } from './statistics/holm.js';
import { verdictOf } from './statistics/verdict.js';

/** What may fail a build, when nobody says otherwise. */
export const usualGates: readonly MetricId[] = ['rps', 'p50', 'p99', 'cpu', 'errors'];

/** A candidate and the one it is held against. */
export interface GatedPair {
  readonly candidate: CompareCandidate;
  readonly baseline: CompareCandidate;
}

/**
 * Every gate of every pair: all steps together and, where a plan has several, each step by itself. The more gates,
 * the stricter each: Holm's correction keeps the chance of any false alarm where it was for one.
 */
export function gatesOf(pairs: readonly GatedPair[], gated: readonly MetricId[], seed: number): Gate[] {
  const questions = pairs.flatMap(({ candidate, baseline }) => [
    ...questionsOf({ candidate, baseline }, seed),
    ...commonSteps(candidate, baseline).flatMap((step) =>
      questionsOf({ candidate: onlyStep(candidate, step), baseline: onlyStep(baseline, step), step }, seed),
    ),
  ]);
  // The rate of a step is that of the plan, seen again: no question of its own.
  const chosen = questions.filter(
    ({ effect: { metric, step } }) => gated.includes(metric) && !(step !== undefined && metric === 'rps'),
  );
  const adjusted = holm(chosen.map(({ effect }) => effect.p));
  return chosen.map(({ effect, candidate, baseline }, place) => {
    const adjustedP = adjusted[place] ?? 1;
    const better = metrics.find(({ id }) => id === effect.metric)?.better ?? 'lower';
    const alone = verdictOf({ ...effect, p: adjustedP }, effect.minimumPercent, better);
    const verdict = withoutFalseWins(alone, candidate, baseline);
    return { ...effect, adjustedP, verdict, fails: verdict === 'slower' };
  });
}

/** What is held against what: whole runs, or one step of both. */
interface Sides {
  readonly candidate: Measured;
  readonly baseline: Measured;
  readonly step?: string;
}

/** Each metric of two sides is a question, which becomes a gate. */
function questionsOf(
  { candidate, baseline, step }: Sides,
  seed: number,
): { readonly effect: Effect; readonly candidate: Measured; readonly baseline: Measured }[] {
  return effectsAgainst(candidate, baseline, seed).map((effect) => ({
    effect: step === undefined ? effect : { ...effect, step },
    candidate,
    baseline,
  }));
}

/** The fewest rounds whose best possible p-value survives the correction for so many gates. */
export function roundsNeeded(gates: number): number {
  return Math.max(leastRoundsForVerdict, Math.ceil(Math.log2((2 * Math.max(1, gates)) / falseAlarms)));
}

/** Names of steps that both have; none where a plan has only one: that is the total. */
function commonSteps(a: CompareCandidate, b: CompareCandidate): string[] {
  const theirs = new Set(b.steps.map(({ name }) => name));
  const names = a.steps.map(({ name }) => name).filter((name) => theirs.has(name));
  return names.length > 1 ? names : [];
}

/** The rounds of one step, as if the plan had nothing else. What the process cost cannot be told apart by step. */
function onlyStep(candidate: CompareCandidate, name: string): Measured {
  return {
    id: candidate.id,
    rounds: candidate.rounds.flatMap((round): RoundResult[] => {
      const step = round.steps.find((one) => one.name === name);
      return step === undefined ? [] : [{ ...step, round: round.round, steps: [] }];
    }),
  };
}

/**
 * Gates that failed still fail only when a second, independent run agrees: worse by at least the minimum effect, and
 * p < 0.05 after correction among the gates that failed. The run answers one question that was asked before it, so
 * it need not search all gates again; a false alarm has to happen twice.
 */
export function confirmGates(first: readonly Gate[], second: readonly Gate[]): Gate[] {
  const failing = first.filter(({ fails }) => fails);
  const again = failing.map((gate) => second.find((other) => isSameGate(gate, other)));
  const adjusted = holm(again.map((gate) => gate?.p ?? 1));
  return first.map((gate) => {
    const place = failing.indexOf(gate);
    if (place === -1) return gate;
    const repeated = again[place];
    const confirmed = repeated !== undefined && (adjusted[place] ?? 1) < 0.05 && isWorse(repeated);
    return { ...gate, confirmed, fails: confirmed };
  });
}

function isSameGate(a: Gate, b: Gate): boolean {
  return a.metric === b.metric && a.step === b.step && a.candidate === b.candidate;
}

/** The effect itself, not its whole interval, is worse by the minimum. */
function isWorse({ metric, percent, minimumPercent }: Gate): boolean {
  const higherIsWorse = metrics.find(({ id }) => id === metric)?.better === 'lower';
  return higherIsWorse ? percent > minimumPercent : percent < -minimumPercent;
}
