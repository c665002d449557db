import { median } from 'simple-statistics';
import { UserError } from '../core/errors.js';
import type {
  CompareCandidate,
  CompareReport,
  CompareStep,
  DrillReport,
  Report,
  RoundResult,
  SecondResult,
  StepResult,
  ThresholdResult,
} from '../core/results.js';
import { emptyHistogram, summarise } from '../core/histogram.js';
import { mergeErrors } from '../core/merge-errors.js';
import { judgeDrive, parseThreshold } from '../core/thresholds.js';
import { fairnessCard } from './fairness.js';
import { judge } from './judge.js';
import { mergeLatency, rateInterval, worstHealth } from './merge.js';

/**
 * Several results of the same plan as one: requests added, histograms merged, rounds and seconds put in a row. Times
 * of whole iterations are left out: of them only percentiles are known, and percentiles cannot be merged.
 * @throws {UserError} when they are not of the same plan or kind, or one is there twice
 */
export function mergeReports(reports: readonly Report[]): Report {
  const [first, ...others] = reports;
  if (first === undefined) throw new UserError('there is nothing to merge');
  if (others.length === 0) return first;
  const stranger = others.find((other) => other.plan.hash !== first.plan.hash || other.kind !== first.kind);
  if (stranger !== undefined)
    throw new UserError(
      stranger.kind === first.kind
        ? `results of different plans cannot be merged: ${first.plan.path} and ${stranger.plan.path}`
        : `results of 'archbench ${first.kind}' and 'archbench ${stranger.kind}' cannot be merged`,
      { hint: 'render them one by one' },
    );
  const runs = reports.map(({ startedAt, seed }) => `${startedAt}, seed ${seed}`);
  const twice = runs.find((run, place) => runs.indexOf(run) !== place);
  if (twice !== undefined)
    throw new UserError(`the run of ${twice} is there twice: what was measured once cannot count double`);
  switch (first.kind) {
    case 'drill':
      return mergeDrills(reports as readonly DrillReport[]);
    case 'compare':
      return mergeComparisons(reports as readonly CompareReport[]);
    case 'sweep':
    case 'capacity':
    case 'regress':
      throw new UserError(`results of 'archbench ${first.kind}' cannot be merged`, { hint: 'render them one by one' });
  }
}

function mergeDrills(reports: readonly DrillReport[]): DrillReport {
  const [first] = reports as readonly [DrillReport];
  const elapsedMs = reports.reduce((sum, report) => sum + report.elapsedMs, 0);
  const names = [...new Set(reports.flatMap(({ steps }) => steps.map(({ name }) => name)))];
  const { thresholds, scenarios: _, ...rest } = first;
  const total = mergeStepResults(
    reports.map((report) => report.total),
    elapsedMs,
  );
  const steps = names.map((name) =>
    mergeStepResults(
      reports.flatMap((report) => report.steps.filter((step) => step.name === name)),
      elapsedMs,
    ),
  );
  return {
    ...rest,
    elapsedMs,
    iterations: reports.reduce((sum, report) => sum + report.iterations, 0),
    total,
    steps,
    series: seriesInARow(reports),
    ...(thresholds === undefined ? {} : { thresholds: thresholds.map((one) => judgedAgain(one, { total, steps })) }),
    warmup: { requests: reports.reduce((sum, { warmup }) => sum + warmup.requests, 0) },
    health: worstHealth(reports.map(({ health }) => health)),
    warnings: [...new Set(reports.flatMap(({ warnings }) => warnings)), ...machineWarning(reports)],
    partial: reports.some(({ partial }) => partial),
  };
}

/** The seconds of one run after those of the other. */
function seriesInARow(reports: readonly DrillReport[]): SecondResult[] {
  let begun = 0;
  return reports.flatMap(({ series }) => {
    const from = begun;
    begun += Math.max(0, ...series.map(({ second }) => second + 1));
    return series.map((one) => ({ ...one, second: one.second + from }));
  });
}

function judgedAgain(before: ThresholdResult, merged: Pick<DrillReport, 'total' | 'steps'>): ThresholdResult {
  const threshold = parseThreshold(before.text);
  return 'wrong' in threshold ? before : judgeDrive(threshold, merged);
}

function machineWarning(reports: readonly Report[]): string[] {
  const machines = new Set(reports.map(({ environment }) => JSON.stringify(environment)));
  return machines.size === 1 ? [] : [`measured in ${machines.size} different environments; that of the first is shown`];
}

function mergeStepResults(steps: readonly StepResult[], elapsedMs: number): StepResult {
  const sum = (of: (step: StepResult) => number): number => steps.reduce((total, step) => total + of(step), 0);
  const checks = steps.flatMap((step) => (step.checks === undefined ? [] : [step.checks]));
  const failed = mergeTimes(steps, 'failedLatency', 'failedHistogram');
  const headers = mergeTimes(steps, 'headersLatency', 'headersHistogram');
  const service = mergeTimes(steps, 'service', 'serviceHistogram');
  const lateness = mergeTimes(steps, 'lateness', 'latenessHistogram');
  return {
    name: steps[0]?.name ?? '',
    requests: sum((step) => step.requests),
    ok: sum((step) => step.ok),
    failed: sum((step) => step.failed),
    rps: elapsedMs > 0 ? sum((step) => step.requests) / (elapsedMs / 1000) : 0,
    bytesReceived: sum((step) => step.bytesReceived),
    ...mergeLatency(steps),
    failedLatency: failed?.latency ?? summarise(emptyHistogram()),
    failedHistogram: failed?.histogram ?? '',
    ...(headers === undefined ? {} : { headersLatency: headers.latency, headersHistogram: headers.histogram }),
    ...(service === undefined ? {} : { service: service.latency, serviceHistogram: service.histogram }),
    ...(lateness === undefined ? {} : { lateness: lateness.latency, latenessHistogram: lateness.histogram }),
    ...(steps.some(({ late }) => late !== undefined) ? { late: sum(({ late = 0 }) => late) } : {}),
    ...(steps.some(({ dropped }) => dropped !== undefined) ? { dropped: sum(({ dropped = 0 }) => dropped) } : {}),
    ...(checks.length === 0
      ? {}
      : {
          checks: {
            passed: checks.reduce((total, { passed }) => total + passed, 0),
            failed: checks.reduce((total, one) => total + one.failed, 0),
          },
        }),
    errors: mergeErrors(steps.flatMap((step) => step.errors)),
  };
}

/** One of the times of a step; `undefined` where not every run has its histogram. */
function mergeTimes(
  steps: readonly StepResult[],
  latencyKey: 'failedLatency' | 'headersLatency' | 'service' | 'lateness',
  histogramKey: 'failedHistogram' | 'headersHistogram' | 'serviceHistogram' | 'latenessHistogram',
): ReturnType<typeof mergeLatency> | undefined {
  const known = steps.flatMap(({ [latencyKey]: latency, [histogramKey]: histogram }) =>
    latency === undefined || histogram === undefined ? [] : [{ latency, histogram }],
  );
  return known.length === steps.length ? mergeLatency(known) : undefined;
}

function mergeComparisons(reports: readonly CompareReport[]): CompareReport {
  const [first] = reports as readonly [CompareReport];
  const compared = reports.map(({ candidates }) =>
    candidates
      .map(({ id }) => id)
      .toSorted()
      .join(', '),
  );
  const other = compared.find((names) => names !== compared[0]);
  // Who never took turns with whom cannot be set against them.
  if (other !== undefined)
    throw new UserError(`results of different candidates cannot be merged: ${compared[0]} and ${other}`, {
      hint: 'compare them in one run, or render the results one by one',
    });
  const ids = [...new Set(reports.flatMap(({ candidates }) => candidates.map(({ id }) => id)))];
  // Rounds keep their partners: all of the first result, then all of the second.
  const offsets = reports.map((_, place) => reports.slice(0, place).reduce((sum, { rounds }) => sum + rounds, 0));
  const candidates = ids.map((id) =>
    mergeCandidates(
      reports.flatMap(({ candidates: all }, place) =>
        all.filter((candidate) => candidate.id === id).map((candidate) => ({ candidate, offset: offsets[place] ?? 0 })),
      ),
    ),
  );
  return {
    ...first,
    elapsedMs: reports.reduce((sum, report) => sum + report.elapsedMs, 0),
    rounds: reports.reduce((sum, { rounds }) => sum + rounds, 0),
    candidates,
    ...judge(candidates, { rankedBy: first.rankedBy, baseline: first.baseline, seed: first.seed }),
    fairness: fairnessCard(candidates),
    skipped: first.skipped.filter(({ id }) => !ids.includes(id)),
    warnings: [...new Set(reports.flatMap(({ warnings }) => warnings)), ...machineWarning(reports)],
    partial: reports.some(({ partial }) => partial),
  };
}

function mergeCandidates(
  parts: readonly { readonly candidate: CompareCandidate; readonly offset: number }[],
): CompareCandidate {
  const all = parts.map(({ candidate }) => candidate) as [CompareCandidate, ...CompareCandidate[]];
  const [first] = all;
  const sum = (of: (candidate: CompareCandidate) => number): number => all.reduce((total, one) => total + of(one), 0);
  const rounds = parts.flatMap(({ candidate, offset }) =>
    candidate.rounds.map((round): RoundResult => ({ ...round, round: round.round + offset })),
  );
  const names = [...new Set(all.flatMap(({ steps }) => steps.map(({ name }) => name)))];
  return {
    ...first,
    requests: sum(({ requests }) => requests),
    failed: sum(({ failed }) => failed),
    rps: median(rounds.map(({ rps }) => rps)),
    ...rateInterval(rounds.map(({ rps }) => rps)),
    bytesReceived: sum(({ bytesReceived }) => bytesReceived),
    ...mergeLatency(all),
    errors: mergeErrors(all.flatMap(({ errors }) => errors)),
    steps: names.map((name) =>
      mergeCompareSteps(all.flatMap(({ steps }) => steps.filter((step) => step.name === name))),
    ),
    rounds,
    health: worstHealth(all.map(({ health }) => health)),
  };
}

function mergeCompareSteps(steps: readonly CompareStep[]): CompareStep {
  return {
    name: steps[0]?.name ?? '',
    requests: steps.reduce((sum, { requests }) => sum + requests, 0),
    failed: steps.reduce((sum, { failed }) => sum + failed, 0),
    rps: median(steps.map(({ rps }) => rps)),
    ...mergeLatency(steps),
    errors: mergeErrors(steps.flatMap(({ errors }) => errors)),
  };
}
