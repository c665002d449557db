import { answeredPerSecond } from '../core/answered.js';
import { encodeHistogram, mergeHistograms, summarise } from '../core/histogram.js';
import { mergeErrors } from '../core/merge-errors.js';
import { collapsed } from '../core/reasons.js';
import type { CompareStep, DrillReport, Health, LatencySummary, StepResult } from '../core/results.js';
import { median } from 'simple-statistics';
import { medianInterval } from './statistics/bootstrap.js';

/** The same step of several rounds as one: counts added, histograms merged, the median rate. */
export function mergeSteps(results: readonly StepResult[]): CompareStep {
  const sum = (of: (result: StepResult) => number): number => results.reduce((total, result) => total + of(result), 0);
  const { latency, histogram } = mergeLatency(results);
  return {
    name: results[0]?.name ?? '',
    requests: sum((result) => result.requests),
    failed: sum((result) => result.failed),
    rps: median(results.map(answeredPerSecond)),
    latency,
    errors: mergeErrors(results.flatMap((result) => result.errors)),
    histogram,
  };
}

/** Percentiles of all samples together. The ends are taken from the summaries, where they are exact. */
export function mergeLatency(results: readonly Pick<StepResult, 'latency' | 'histogram'>[]): {
  readonly latency: LatencySummary;
  readonly histogram: string;
} {
  const merged = mergeHistograms(results.map((result) => result.histogram));
  const filled = results.map((result) => result.latency).filter((latency) => latency.maxUs > 0);
  const summary = summarise(merged);
  if (filled.length === 0) return { latency: summary, histogram: encodeHistogram(merged) };
  return {
    latency: {
      ...summary,
      minUs: Math.min(...filled.map((latency) => latency.minUs)),
      maxUs: Math.max(...filled.map((latency) => latency.maxUs)),
    },
    histogram: encodeHistogram(merged),
  };
}

/** The health card of a drive, with what the drive alone does not mind. */
export function healthOf({ health, total, load, warmup }: DrillReport): Health {
  const { requests, failed } = total;
  const silent = requests === 0 && failed === 0;
  const cold = !silent && (load?.warmupMs ?? 0) > 0 && warmup.requests === 0;
  return {
    verdict: silent ? 'INVALID' : cold ? worse(health.verdict, 'WARN') : health.verdict,
    reasons: [
      ...(silent ? ['not one request was answered'] : []),
      ...(cold ? ['nothing was answered while it warmed up: what was measured is the start'] : []),
      ...health.reasons,
    ],
  };
}

const worse = (a: Health['verdict'], b: Health['verdict']): Health['verdict'] => (severity[a] < severity[b] ? b : a);

const severity = { PASS: 0, WARN: 1, INVALID: 2 } as const;

/** The worst verdict, with every distinct reason at its worst. */
export function worstHealth(cards: readonly Health[]): Health {
  const worst = cards.toSorted((a, b) => severity[b.verdict] - severity[a.verdict])[0];
  const reasons = collapsed(cards.flatMap((card) => card.reasons).map((text) => ({ text, about: [] })));
  return { verdict: worst?.verdict ?? 'PASS', reasons: reasons.map(({ text }) => text) };
}

/** The 95 % interval of the median rate, by bootstrap over rounds; nothing for a single round. */
export function rateInterval(rates: readonly number[]): { readonly rpsLow?: number; readonly rpsHigh?: number } {
  if (rates.length < 2) return {};
  const { low, high } = medianInterval(rates);
  return { rpsLow: low, rpsHigh: high };
}
