import { answeredPerSecond } from '../core/answered.js';
import { failedPercent, tolerablePoints } from '../core/failures.js';
import { mergeErrors } from '../core/merge-errors.js';
import type {
  CompareCandidate,
  CompareReport,
  DrillReport,
  Environment,
  Health,
  RoundResult,
  ServerCost,
} from '../core/results.js';
import { formatDurationUs } from '../core/units.js';
import type { Candidate, Drive } from './candidate.js';
import { median } from 'simple-statistics';
import { healthOf, mergeLatency, mergeSteps, rateInterval, worstHealth } from './merge.js';
import { dividedCpuTime } from './divided-cpu-time.js';
import { fairnessCard } from './fairness.js';
import { judge } from './judge.js';
import { theoryBound } from './theory.js';
import { type Drilled, type RoundOptions, runRounds } from './rounds.js';

export interface CompareOptions extends RoundOptions {
  readonly plan: CompareReport['plan'];
  readonly argv: readonly string[];
  readonly environment: Environment;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly skipped: CompareReport['skipped'];
  /** The candidates are one and the same server. */
  readonly self?: boolean;
  /** Id of the candidate that the others are set against; the first when absent. */
  readonly baseline?: string;
}

/** Drives all candidates in interleaved rounds and puts what was measured together. */
export async function compare(
  candidates: readonly Candidate[],
  drive: Drive,
  options: CompareOptions,
): Promise<CompareReport> {
  const startedAt = options.clock.now();
  const { drilled: results, stopped } = await runRounds(candidates, drive, options);
  const measured = [...results].filter(([, drilled]) => drilled.length > 0);
  const measuredCandidates = measured.map(([id, drilled]) => summarise(id, drilled, options.environment.cores));
  const elapsedMs = options.clock.now() - startedAt;
  return {
    schemaVersion: 1,
    kind: 'compare',
    plan: options.plan,
    argv: options.argv,
    startedAt: options.startedAt,
    elapsedMs,
    rounds: Math.max(0, ...measured.map(([, drilled]) => drilled.length)),
    seed: options.seed,
    environment: options.environment,
    candidates: measuredCandidates,
    ...judge(measuredCandidates, {
      rankedBy: isOpenLoop(measured.flatMap(([, drilled]) => drilled)) ? 'p99' : 'rps',
      baseline: options.baseline,
      seed: options.seed,
    }),
    fairness: fairnessCard(measuredCandidates),
    self: options.self ?? false,
    skipped: options.skipped,
    ...(stopped === undefined ? {} : { stopped }),
    warnings: [
      ...new Set(measured.flatMap(([id, drilled]) => drilled.flatMap((one) => warningsOf(id, one)))),
      ...failureWarnings(measuredCandidates),
      ...overtimeWarning(elapsedMs, options),
      ...unmeasuredWarning(results),
    ],
    partial: options.signal.aborted || stopped !== undefined,
  };
}

/** In an open loop everybody is asked for the same rate; what differs is how long the answers take. */
function isOpenLoop(drilled: readonly Drilled[]): boolean {
  return drilled.some(({ report }) => report.total.service !== undefined);
}

function failureWarnings(candidates: readonly CompareCandidate[]): string[] {
  return candidates
    .filter((candidate) => candidate.requests > 0 && failedPercent(candidate) > tolerablePoints)
    .map(
      (candidate) =>
        `${candidate.id} failed ${failedPercent(candidate).toFixed(1)} % of its requests: only successes count as requests/s, and it wins nothing against who failed less`,
    );
}

/** The least number of rounds is driven however long it takes; who set a limit should know. */
function overtimeWarning(elapsedMs: number, { maxTimeMs = Infinity, leastRounds = 1 }: CompareOptions): string[] {
  // The last round may take a little longer than those it was judged by.
  if (elapsedMs <= maxTimeMs * 1.5) return [];
  const [took, allowed] = [elapsedMs, maxTimeMs].map((ms) => formatDurationUs(ms * 1e3));
  return [
    `it took ${took} instead of ${allowed}: ${leastRounds} ${leastRounds === 1 ? 'round is' : 'rounds are'} the least`,
  ];
}

/** Who is missing because the first round was cut off; of nobody at all the report says so itself. */
function unmeasuredWarning(results: ReadonlyMap<string, readonly Drilled[]>): string[] {
  const missing = [...results].filter(([, drilled]) => drilled.length === 0).map(([id]) => id);
  if (missing.length === 0 || missing.length === results.size) return [];
  return [
    `${missing.join(', ')}: not measured any more, so nothing is compared with ${missing.length === 1 ? 'it' : 'them'}`,
  ];
}

function warningsOf(id: string, { report, round, serverEnded }: Drilled): string[] {
  return [...(serverEnded ? [`${id}: the server ended in round ${round}`] : []), ...report.warnings];
}

function summarise(id: string, drilled: readonly Drilled[], cores: number): CompareCandidate {
  const reports = drilled.map(({ report }) => report);
  const totals = reports.map((report) => report.total);
  const sum = (of: (total: DrillReport['total']) => number): number =>
    totals.reduce((all, total) => all + of(total), 0);
  const rates = totals.map(answeredPerSecond);
  const rps = median(rates);
  const costs = drilled.flatMap(({ cost }) => (cost === undefined ? [] : [cost]));
  const { latency, histogram } = mergeLatency(totals);
  const cost = costs.length === 0 ? undefined : typicalCost(costs);
  const steps = stepNames(reports).map((name) =>
    mergeSteps(reports.flatMap((report) => report.steps.filter((step) => step.name === name))),
  );
  const clients = reports[0]?.concurrency ?? 0;
  const theory = isOpenLoop(drilled)
    ? undefined
    : theoryBound({ clients, cores, rps, steps, cpuUsPerRequest: cost?.cpuUsPerRequest });
  return {
    id,
    requests: sum((total) => total.requests),
    failed: sum((total) => total.failed),
    rps,
    ...rateInterval(rates),
    bytesReceived: sum((total) => total.bytesReceived),
    latency,
    ...(cost === undefined ? {} : { cost }),
    errors: mergeErrors(totals.flatMap((total) => total.errors)),
    histogram,
    steps,
    rounds: drilled.map(roundResult),
    series: typicalReport(reports, rps)?.series ?? [],
    settings: drilled[0]?.settings ?? {},
    transport: reports[0]?.transport ?? '',
    health: worstHealth([...reports.map(healthOf), ...drilled.flatMap(endedHealth)]),
    ...(theory === undefined ? {} : { theory }),
  };
}

/** What a dead server did not answer says nothing of the living one. */
function endedHealth({ serverEnded }: Drilled): Health[] {
  return serverEnded ? [{ verdict: 'INVALID', reasons: ['the server ended while it was measured'] }] : [];
}

function roundResult({ round, turn, report, cost, paceMs }: Drilled): RoundResult {
  const { requests, failed, latency } = report.total;
  const rps = answeredPerSecond(report.total);
  const steps = report.steps.map((step) => ({
    name: step.name,
    requests: step.requests,
    failed: step.failed,
    rps: answeredPerSecond(step),
    latency: step.latency,
  }));
  return { round, turn, requests, failed, rps, latency, steps, paceMs, ...(cost === undefined ? {} : { cost }) };
}

function stepNames(reports: readonly DrillReport[]): string[] {
  return [...new Set(reports.flatMap((report) => report.steps.map((step) => step.name)))];
}

/** The report whose rate is nearest to the median. */
function typicalReport(reports: readonly DrillReport[], rps: number): DrillReport | undefined {
  return reports.toSorted(
    (a, b) => Math.abs(answeredPerSecond(a.total) - rps) - Math.abs(answeredPerSecond(b.total) - rps),
  )[0];
}

/**
 * The median of each counter over the rounds; peaks are the highest of all rounds, and all rounds together say how the
 * processor time divides.
 */
function typicalCost(costs: readonly ServerCost[]): ServerCost {
  const sum = (of: (cost: ServerCost) => number): number => costs.reduce((total, cost) => total + of(cost), 0);
  const middle = (of: (cost: ServerCost) => number): number => median(costs.map(of));
  const ioCalls = costs.flatMap((cost) => (cost.ioCallsPerRequest === undefined ? [] : [cost.ioCallsPerRequest]));
  return {
    ...dividedCpuTime(
      middle((cost) => cost.cpuUsPerRequest),
      sum((cost) => cost.userUsPerRequest),
      sum((cost) => cost.systemUsPerRequest),
    ),
    peakRssBytes: Math.max(...costs.map((cost) => cost.peakRssBytes)),
    peakThreads: Math.max(...costs.map((cost) => cost.peakThreads)),
    voluntarySwitchesPerRequest: middle((cost) => cost.voluntarySwitchesPerRequest),
    involuntarySwitchesPerRequest: middle((cost) => cost.involuntarySwitchesPerRequest),
    ...(ioCalls.length === 0 ? {} : { ioCallsPerRequest: median(ioCalls) }),
  };
}
