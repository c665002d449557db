import type {
  CompareCandidate,
  CompareReport,
  Gate,
  MetricId,
  RegressOutcome,
  RegressReport,
  ThresholdResult,
} from '../core/results.js';
import { UserError } from '../core/errors.js';
import { type Threshold, judgeThreshold } from '../core/thresholds.js';
import { plural } from '../core/units.js';
import { fairnessCard } from './fairness.js';
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

/**
 * Judges the candidates of `report` against those of the same name in a stored result.
 * @throws {UserError} when there are none
 */
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
  const first = gatesOf(pairs, gated, report.seed).map((gate) => (decides ? gate : { ...gate, fails: false }));
  const second =
    again !== undefined && !report.partial && first.some(({ fails }) => fails) ? await secondRun(again) : undefined;
  const unconfirmed = again !== undefined && second?.whole === undefined && first.some(({ fails }) => fails);
  // Half a second run takes nothing back.
  const gates =
    second?.whole === undefined ? first : confirmGates(first, gatesOf(pairsWith(second.whole), gated, report.seed));
  const results = pairs.flatMap(({ candidate }) =>
    thresholds.map((threshold) => judgeThreshold(threshold, candidate, candidate.steps)),
  );
  const { schemaVersion, plan, argv, startedAt, elapsedMs, environment, seed, warnings, partial } = report;
  return {
    schemaVersion,
    kind: 'regress',
    outcome: outcomeOf(gates, results, decides),
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
    comparison: { ...sideBySide(pairs, report), ...(second?.stopped === undefined ? {} : { stopped: second.stopped }) },
    warnings: [
      ...warnings,
      ...tooFewRounds(report.rounds, gates.length),
      ...(unconfirmed ? ['what was found could not be confirmed'] : []),
    ],
    partial: partial || (second !== undefined && second.whole === undefined),
  };
}

/** The confirming run, when it came to its end, and else why it did not; neither when it was interrupted. */
async function secondRun(
  again: () => Promise<CompareReport>,
): Promise<{ readonly whole?: CompareReport; readonly stopped?: string }> {
  try {
    const report = await again();
    if (report.stopped !== undefined) return { stopped: report.stopped };
    return report.partial ? {} : { whole: report };
  } catch (error) {
    if (error instanceof UserError) return { stopped: error.message };
    throw error;
  }
}

function outcomeOf(gates: readonly Gate[], thresholds: readonly ThresholdResult[], decides: boolean): RegressOutcome {
  if (gates.some(({ fails }) => fails)) return 'slower';
  if (thresholds.some(({ met }) => !met)) return 'threshold';
  if (!decides) return 'incomparable';
  return gates.length === 0 || gates.some(({ verdict }) => verdict === 'inconclusive') ? 'inconclusive' : 'pass';
}

function tooFewRounds(rounds: number, gates: number): string[] {
  const needed = roundsNeeded(gates);
  if (rounds >= needed) return [];
  const among = gates === 0 ? '' : ` among ${gates} ${plural(gates, 'gate')}`;
  return [`${rounds} ${plural(rounds, 'round')} cannot find a regression${among}: ${needed} can`];
}

/**
 * Who is held against whom: candidates of one name; where both sides have only one candidate, these, whatever they
 * are called.
 * @throws {UserError} when nobody is left
 */
export function pairNames(
  base: readonly string[],
  fresh: readonly string[],
): (readonly [base: string, fresh: string])[] {
  const [onlyBase, onlyFresh] = [base[0], fresh[0]];
  if (onlyBase !== undefined && onlyFresh !== undefined && base.length + fresh.length === 2)
    return [[onlyBase, onlyFresh]];
  const common = fresh.filter((id) => base.includes(id));
  if (common.length === 0)
    throw new UserError('the two sides have no candidate in common', {
      hint: `the baseline has ${listed(base)}; the other has ${listed(fresh)}`,
    });
  return common.map((id) => [id, id]);
}

function listed(ids: readonly string[]): string {
  return ids.length === 0 ? 'no candidate' : ids.join(', ');
}

function pairUp(base: CompareReport, fresh: CompareReport): GatedPair[] {
  return pairNames(idsOf(base), idsOf(fresh)).map(([baseline, candidate]) => ({
    baseline: renamed(named(base, baseline)),
    candidate: named(fresh, candidate),
  }));
}

function named({ candidates }: CompareReport, wanted: string): CompareCandidate {
  return candidates.find(({ id }) => id === wanted) as CompareCandidate;
}

const idsOf = ({ candidates }: CompareReport): string[] => candidates.map(({ id }) => id);

/** What a regression check measured anew, without what it was held against: a baseline for the next one. */
export function newSide({ comparison, gates }: RegressReport): CompareReport {
  const old = new Set(gates.map(({ baseline }) => baseline));
  const candidates = comparison.candidates.filter(({ id }) => !old.has(id));
  return candidates.length === 0 ? comparison : { ...comparison, candidates };
}

const renamed = (candidate: CompareCandidate): CompareCandidate => ({ ...candidate, id: `${candidate.id} (baseline)` });

/** Both sides as one comparison, for the tables and charts that show comparisons. */
function sideBySide(pairs: readonly GatedPair[], report: CompareReport): CompareReport {
  const candidates = pairs.flatMap(({ baseline, candidate }) => [baseline, candidate]);
  const { rankedBy, seed } = report;
  return {
    ...report,
    candidates,
    fairness: fairnessCard(candidates),
    ...judge(candidates, { rankedBy, seed, baseline: candidates[0]?.id }),
  };
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
