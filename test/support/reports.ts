import { emptyHistogram, encodeHistogram, LatencyCounts, summarise } from '../../src/core/histogram.js';
import { effectsAgainst, rankBy } from '../../src/compare/judge.js';
import { metrics } from '../../src/compare/metrics.js';
import type {
  CompareCandidate,
  CompareReport,
  DrillReport,
  Environment,
  ServerCost,
  StepResult,
} from '../../src/core/results.js';

// Reports with known figures, for tests of what reads reports.

export const environment: Environment = {
  archbench: '0.1.0',
  node: 'v20.20.2',
  platform: 'linux x64',
  kernel: '6.18.44',
  cpu: 'Example CPU @ 2.80GHz',
  cores: 2,
};

/** A step that answered each of `latenciesUs` successfully in `seconds`. */
export function stepResult(
  name: string,
  latenciesUs: readonly number[],
  overrides: Partial<StepResult> = {},
): StepResult {
  const counts = new LatencyCounts();
  for (const us of latenciesUs) counts.record(us);
  const histogram = counts.toHistogram();
  const latency = summarise(histogram);
  return {
    name,
    requests: latenciesUs.length,
    ok: latenciesUs.length,
    failed: 0,
    rps: latenciesUs.length,
    bytesReceived: latenciesUs.length * 100,
    latency,
    failedLatency: summarise(emptyHistogram()),
    headersLatency: latency,
    errors: [],
    histogram: encodeHistogram(histogram),
    failedHistogram: '',
    ...overrides,
  };
}

export function drillReport(total: StepResult, overrides: Partial<DrillReport> = {}): DrillReport {
  return {
    schemaVersion: 1,
    kind: 'drill',
    plan: { path: 'plans/quick.yml', hash: 'a'.repeat(64) },
    argv: ['drill', 'plans/quick.yml'],
    startedAt: '2026-01-02T03:04:05.000Z',
    elapsedMs: 1000,
    base: 'http://127.0.0.1:8080',
    concurrency: 16,
    iterations: total.requests,
    seed: 1,
    transport: 'epoll',
    environment,
    total: { ...total, name: 'total' },
    steps: [total],
    series: [],
    warmup: { requests: 0 },
    health: { verdict: 'PASS', reasons: [] },
    warnings: [],
    partial: false,
    ...overrides,
  };
}

export const cost: ServerCost = {
  cpuUsPerRequest: 87.4,
  userUsPerRequest: 50,
  systemUsPerRequest: 37.4,
  peakRssBytes: 96 * 1024 * 1024,
  peakThreads: 12,
  voluntarySwitchesPerRequest: 1.5,
  involuntarySwitchesPerRequest: 0.1,
  ioCallsPerRequest: 2,
};

/** A candidate whose 12 rounds were all alike, give or take half a percent. */
export function compareCandidate(
  id: string,
  latenciesUs: readonly number[],
  overrides: Partial<CompareCandidate> = {},
): CompareCandidate {
  const total = stepResult('total', latenciesUs);
  const { rps = total.rps, requests = total.requests, failed = 0 } = overrides;
  const spent = 'cost' in overrides ? overrides.cost : cost;
  return {
    id,
    requests,
    failed,
    rps,
    bytesReceived: total.bytesReceived,
    latency: total.latency,
    ...(spent === undefined ? {} : { cost: spent }),
    errors: [],
    histogram: total.histogram,
    steps: [],
    rounds: Array.from({ length: 12 }, (_, i) => ({
      round: i + 1,
      requests,
      failed,
      rps: rps * (1 + ((i * 7) % 12) / 2000),
      latency: total.latency,
      steps: [],
      ...(spent === undefined ? {} : { cost: spent }),
    })),
    series: [],
    settings: {},
    transport: 'epoll',
    health: { verdict: 'PASS', reasons: [] },
    ...overrides,
  };
}

export function compareReport(
  candidates: readonly CompareCandidate[],
  overrides: Partial<CompareReport> = {},
): CompareReport {
  return {
    schemaVersion: 1,
    kind: 'compare',
    plan: { path: 'plans/quick.yml', hash: 'a'.repeat(64) },
    argv: ['compare', 'plans/quick.yml'],
    startedAt: '2026-01-02T03:04:05.000Z',
    elapsedMs: 23_456,
    rounds: candidates[0]?.rounds.length ?? 0,
    seed: 42,
    environment,
    candidates,
    baseline: candidates[0]?.id ?? '',
    effects: candidates.slice(1).flatMap((other) => effectsAgainst(other, candidates[0] as CompareCandidate, 1)),
    rankedBy: 'rps',
    rankings: metrics.map(({ id }) => ({ metric: id, ranks: rankBy(id, candidates, 1) })),
    fairness: [],
    self: false,
    skipped: [],
    warnings: [],
    partial: false,
    ...overrides,
  };
}
