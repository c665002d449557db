import { median } from 'simple-statistics';
import { UserError } from '../core/errors.js';
import type {
  CompareCandidate,
  CompareReport,
  CompareStep,
  DrillReport,
  Report,
  RoundResult,
  StepResult,
} from '../core/results.js';
import { fairnessCard } from './fairness.js';
import { judge } from './judge.js';
import { mergeErrors, mergeLatency, rateInterval, worstHealth } from './merge.js';

/**
 * Several results of the same plan as one: requests added, histograms merged, rounds put in a row. What cannot be
 * merged (percentiles without a histogram, seconds of a run) is left out.
 * @throws {UserError} when they are not of the same plan or kind
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
  const { thresholds: _thresholds, scenarios: _scenarios, ...rest } = first;
  return {
    ...rest,
    elapsedMs,
    iterations: reports.reduce((sum, report) => sum + report.iterations, 0),
    total: mergeStepResults(
      reports.map(({ total }) => total),
      elapsedMs,
    ),
    steps: names.map((name) =>
      mergeStepResults(
        reports.flatMap(({ steps }) => steps.filter((step) => step.name === name)),
        elapsedMs,
      ),
    ),
    series: [],
    warmup: { requests: reports.reduce((sum, { warmup }) => sum + warmup.requests, 0) },
    health: worstHealth(reports.map(({ health }) => health)),
    warnings: [...new Set(reports.flatMap(({ warnings }) => warnings))],
    partial: reports.some(({ partial }) => partial),
  };
}

function mergeStepResults(steps: readonly StepResult[], elapsedMs: number): StepResult {
  const sum = (of: (step: StepResult) => number): number => steps.reduce((total, step) => total + of(step), 0);
  const failed = mergeLatency(steps.map((step) => ({ latency: step.failedLatency, histogram: step.failedHistogram })));
  return {
    name: steps[0]?.name ?? '',
    requests: sum((step) => step.requests),
    ok: sum((step) => step.ok),
    failed: sum((step) => step.failed),
    rps: elapsedMs > 0 ? sum((step) => step.requests) / (elapsedMs / 1000) : 0,
    bytesReceived: sum((step) => step.bytesReceived),
    ...mergeLatency(steps),
    failedLatency: failed.latency,
    failedHistogram: failed.histogram,
    errors: mergeErrors(steps.map((step) => step.errors)),
  };
}

function mergeComparisons(reports: readonly CompareReport[]): CompareReport {
  const [first] = reports as readonly [CompareReport];
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
    warnings: [...new Set(reports.flatMap(({ warnings }) => warnings))],
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
    errors: mergeErrors(all.map(({ errors }) => errors)),
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
    errors: mergeErrors(steps.map(({ errors }) => errors)),
  };
}
