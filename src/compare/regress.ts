import type {
  CompareCandidate,
  CompareReport,
  Gate,
  MetricId,
  RegressOutcome,
  RegressReport,
  ThresholdResult,
} from '../core/results.js';
import { type Threshold, judgeThreshold } from '../core/thresholds.js';
import { type GatedPair, confirmGates, gatesOf, roundsNeeded } from './gates.js';
import { judge } from './judge.js';
import { ratioEffect } from './statistics/effect.js';
import { directionOf } from './statistics/verdict.js';

export interface RegressOptions {
  readonly gated: readonly MetricId[];
  readonly thresholds: readonly Threshold[];
  /** Fail although the machines or plans differ. */
  readonly allowDifferent: boolean;
  /** Runs the new side once more; absent where there is nothing to run. */
  readonly again?: () => Promise<CompareReport>;
}

/** Where a baseline comes from. */
export interface Baseline {
  readonly source: string;
  readonly report: CompareReport;
}

/** Judges the candidates of `report` against those of the same name in a stored result. */
export async function regressAgainst(
  baseline: Baseline,
  report: CompareReport,
  options: RegressOptions,
): Promise<RegressReport> {
  const pairsWith = (fresh: CompareReport): GatedPair[] => pairUp(baseline.report, fresh);
  return judged(baseline, report, pairsWith, differencesOf(baseline.report, report), options);
}

/** Judges the second candidate of a comparison against the first: both were driven in the same rounds. */
export async function regressWithin(report: CompareReport, options: RegressOptions): Promise<RegressReport> {
  const source = report.candidates[0]?.id ?? '';
  return judged({ source, report }, report, firstTwo, [], options);
}

function firstTwo({ candidates: [baseline, candidate] }: CompareReport): GatedPair[] {
  return baseline === undefined || candidate === undefined ? [] : [{ baseline, candidate }];
}

async function judged(
  baseline: Baseline,
  report: CompareReport,
  pairsWith: (fresh: CompareReport) => GatedPair[],
  differences: readonly string[],
  { gated, thresholds, allowDifferent, again }: RegressOptions,
): Promise<RegressReport> {
  const pairs = pairsWith(report);
  const decides = differences.length === 0 || allowDifferent;
  let gates = gatesOf(pairs, gated, report.seed).map((gate) => (decides ? gate : { ...gate, fails: false }));
  if (again !== undefined && !report.partial && gates.some(({ fails }) => fails))
    gates = confirmGates(gates, gatesOf(pairsWith(await again()), gated, report.seed));
  const results = pairs.flatMap(({ candidate }) =>
    thresholds.map((threshold) => judgeThreshold(threshold, candidate, candidate.steps)),
  );
  const { schemaVersion, plan, argv, startedAt, elapsedMs, environment, seed, warnings, partial } = report;
  return {
    schemaVersion,
    kind: 'regress',
    outcome: outcomeOf(gates, results),
    plan,
    argv,
    startedAt,
    elapsedMs,
    environment,
    seed,
    baseline: {
      source: baseline.source,
      startedAt: baseline.report.startedAt,
      environment: baseline.report.environment,
    },
    differences,
    gates,
    thresholds: results,
    comparison: sideBySide(pairs, report),
    warnings: [...warnings, ...tooFewRounds(report.rounds, gates.length)],
    partial,
  };
}

function outcomeOf(gates: readonly Gate[], thresholds: readonly ThresholdResult[]): RegressOutcome {
  if (gates.some(({ fails }) => fails)) return 'slower';
  if (thresholds.some(({ met }) => !met)) return 'threshold';
  return gates.some(({ verdict }) => verdict === 'inconclusive') ? 'inconclusive' : 'pass';
}

function tooFewRounds(rounds: number, gates: number): string[] {
  const needed = roundsNeeded(gates);
  return rounds >= needed ? [] : [`${rounds} rounds cannot find a regression among ${gates} gates: ${needed} can`];
}

/** Candidates of one name; where both results have only one candidate, these, whatever they are called. */
function pairUp(base: CompareReport, fresh: CompareReport): GatedPair[] {
  const [onlyBase, ...moreBase] = base.candidates;
  const [onlyFresh, ...moreFresh] = fresh.candidates;
  if (onlyBase !== undefined && onlyFresh !== undefined && moreBase.length + moreFresh.length === 0)
    return [{ baseline: renamed(onlyBase), candidate: onlyFresh }];
  return fresh.candidates.flatMap((candidate) => {
    const baseline = base.candidates.find(({ id }) => id === candidate.id);
    return baseline === undefined ? [] : [{ baseline: renamed(baseline), candidate }];
  });
}

const renamed = (candidate: CompareCandidate): CompareCandidate => ({ ...candidate, id: `${candidate.id} (baseline)` });

/** Both sides as one comparison, for the tables and charts that show comparisons. */
function sideBySide(pairs: readonly GatedPair[], report: CompareReport): CompareReport {
  const candidates = pairs.flatMap(({ baseline, candidate }) => [baseline, candidate]);
  const { rankedBy, seed } = report;
  return { ...report, candidates, ...judge(candidates, { rankedBy, seed, baseline: candidates[0]?.id }) };
}

/** From here on a machine counts as another one than it was. */
const paceMinimumPercent = 5;

function pacesOf({ candidates }: CompareReport): (number | undefined)[] {
  return candidates.flatMap(({ rounds }) => rounds.map(({ paceMs }) => paceMs));
}

/** A neighbour on the same hardware, a lower clock: nothing that the fingerprint of the machine would tell. */
function paceDifference(a: CompareReport, b: CompareReport): string[] {
  const before = pacesOf(a);
  const effect = ratioEffect(pacesOf(b).map((pace, place) => [pace, before[place]]));
  if (effect === undefined || directionOf(effect, paceMinimumPercent) === 'neither') return [];
  const percent = Math.abs(effect.percent).toFixed(0);
  return [`the machine computes ${percent} % ${effect.percent > 0 ? 'slower' : 'faster'} now`];
}

function was(what: string, before: string | number, now: string | number): string[] {
  return before === now ? [] : [`${what} was ${before} and is ${now}`];
}

/** In what two results were not measured alike. */
export function differencesOf(a: CompareReport, b: CompareReport): string[] {
  return [
    ...(a.plan.hash === b.plan.hash ? [] : [`the plan has changed (${a.plan.path}, ${b.plan.path})`]),
    ...was('the processor', a.environment.cpu, b.environment.cpu),
    ...was('the number of cores', a.environment.cores, b.environment.cores),
    ...was('the kernel', a.environment.kernel, b.environment.kernel),
    ...was('the platform', a.environment.platform, b.environment.platform),
    ...was('Node', a.environment.node, b.environment.node),
    ...paceDifference(a, b),
  ];
}
