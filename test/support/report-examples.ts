import { gatesOf } from '../../src/compare/gates.js';
import { formatDurationUs } from '../../src/core/units.js';
import type {
  CapacityReport,
  CapacityTrial,
  CompareCandidate,
  CompareReport,
  CompareStep,
  DrillReport,
  Gate,
  RegressReport,
  RoundResult,
  RoundStep,
  StepResult,
  SweepReport,
} from '../../src/core/results.js';
import { compareCandidate, compareReport, cost, drillReport, environment, stepResult } from './reports.js';

// One report of each kind, with something in every part of it.

const latencies = (count: number, us: number): number[] =>
  Array.from({ length: count }, (_, i) => us * (1 + i / count));

const login = stepResult('login', latencies(4000, 20_000), {
  failed: 2,
  requests: 4002,
  errors: [{ class: 'timeout', message: 'no answer within 10 s', count: 2 }],
});
const list = stepResult('list', latencies(4000, 300));

/** What a comparison keeps of a step, and what a round does. */
const inComparison = ({ name, requests, failed, rps, latency, errors, histogram }: StepResult): CompareStep => ({
  name,
  requests,
  failed,
  rps,
  latency,
  errors,
  histogram,
});
const inRound = ({ name, requests, failed, rps, latency }: StepResult): RoundStep => ({
  name,
  requests,
  failed,
  rps,
  latency,
});

const drill: DrillReport = drillReport(
  stepResult('total', [...latencies(4000, 20_000), ...latencies(4000, 300)], {
    failed: 2,
    requests: 8002,
    errors: login.errors,
  }),
  {
    steps: [login, list],
    series: [0, 1, 2, 3, 4, 5].map((second) => ({
      second,
      requests: 2000 + second,
      failed: 0,
      p50Us: 310,
      p99Us: 39_000,
    })),
    thresholds: [
      { text: 'p99 < 250ms', metric: 'p99', limit: 250_000, value: 39_600, shown: '39.6 ms', met: true },
      {
        text: "step 'logout' errors < 1%",
        step: 'logout',
        metric: 'errors',
        limit: 1,
        shown: "there is no step 'logout'",
        met: false,
      },
    ],
    health: { verdict: 'WARN', reasons: ['server and generator share 2 cores'] },
  },
);

const compare: CompareReport = compareReport(
  [
    compareCandidate('event-loop', latencies(400, 2120), { rps: 110_000, settings: { backlog: 511 } }),
    compareCandidate('shared-queue', latencies(400, 3560), {
      rps: 98_000,
      rpsLow: 97_000,
      rpsHigh: 99_000,
      cost: { ...cost, cpuUsPerRequest: 123.4 },
      settings: { workers: 4, backlog: 511 },
      series: [0, 1, 2, 3, 4].map((second) => ({ second, requests: 98_000, failed: 0, p50Us: 3560, p99Us: 7000 })),
      steps: [inComparison({ ...login, rps: 49_000 }), inComparison({ ...list, rps: 49_000 })],
      theory: { boundRps: 120_000, limit: 'cores', share: 0.82 },
    }),
  ],
  {
    skipped: [{ id: 'completion', reason: 'io_uring is forbidden here' }],
    fairness: [{ what: 'workers', values: [{ value: '4', candidates: ['shared-queue'] }] }],
    warnings: ['something to know'],
  },
);

/** 12 rounds of two steps, `login` slower by a factor. */
function served(id: string, factor: number): CompareCandidate {
  const candidate = compareCandidate(id, latencies(400, 1000), { steps: [login, list].map(inComparison) });
  return {
    ...candidate,
    rounds: candidate.rounds.map((round, i): RoundResult => {
      const noise = 1 + ((i * 5) % 7) / 1000;
      const scaled = {
        ...login.latency,
        p50Us: login.latency.p50Us * noise,
        p99Us: login.latency.p99Us * factor * noise,
      };
      return { ...round, steps: [{ ...login, latency: scaled }, list].map(inRound) };
    }),
  };
}

const sides = [served('base', 1), served('head', 1.23)] as const;
const comparison = compareReport(sides);
const gates: Gate[] = gatesOf([{ baseline: sides[0], candidate: sides[1] }], ['p50', 'p99', 'errors'], 1);

const regress: RegressReport = {
  schemaVersion: 1,
  kind: 'regress',
  outcome: 'slower',
  plan: comparison.plan,
  argv: ['regress', 'plans/quick.yml', '--target', 'base=./server'],
  startedAt: comparison.startedAt,
  elapsedMs: 60_000,
  environment,
  seed: 42,
  baseline: { source: 'base', startedAt: comparison.startedAt, environment },
  differences: [],
  gates: gates.map((gate) => (gate.fails ? { ...gate, confirmed: true } : gate)),
  thresholds: [{ text: 'p99 < 250ms', metric: 'p99', limit: 250_000, value: 300_000, shown: '300 ms', met: false }],
  comparison,
  warnings: [],
  partial: false,
};

const loads = [1, 2, 4, 8, 16];
const curve = (id: string, ceiling: number, unloadedUs: number): SweepReport['curves'][number] => ({
  id,
  points: loads.map((load) => {
    const rps = Math.min(ceiling, (load / unloadedUs) * 1e6);
    return {
      load,
      requests: 1000,
      failed: 0,
      rps,
      rpsByRound: [rps * 0.99, rps, rps * 1.01],
      p99UsByRound: [1, 1, 1].map(() => (load / rps) * 1e6),
      boundRps: Math.min(ceiling * 1.1, (load / unloadedUs) * 1.1e6),
      health: { verdict: 'PASS', reasons: [] },
      latency: stepResult('', latencies(400, (load / rps) * 1e6)).latency,
      cpuUsPerRequest: 2e6 / ceiling,
    };
  }),
  knee: 4,
  unloadedUs,
  thinkUs: 20,
  ceilingRps: ceiling,
  errors: [{ class: 'reset', message: 'connection reset by peer', count: 1 }],
});

const sweep: SweepReport = {
  schemaVersion: 1,
  kind: 'sweep',
  plan: comparison.plan,
  argv: ['sweep', 'plans/quick.yml', '--vary', 'concurrency=1..16'],
  startedAt: comparison.startedAt,
  elapsedMs: 60_000,
  environment,
  seed: 42,
  rounds: 3,
  vary: 'concurrency',
  curves: [curve('threaded', 3000, 500), curve('event-loop', 9000, 900)],
  leaders: (['rps', 'p99'] as const).flatMap((metric) =>
    loads.map((load) => ({ metric, load, ids: [load < 4 ? 'threaded' : 'event-loop'] })),
  ),
  crossovers: [
    { metric: 'rps', below: 'threaded', above: 'event-loop', load: 2.7, low: 2.5, high: 2.9 },
    { metric: 'p99', below: 'threaded', above: 'event-loop', load: 3.1, low: 2.2, high: 3.9 },
  ],
  fairness: [{ what: 'workers', values: [{ value: '4', candidates: ['threaded'] }] }],
  skipped: [],
  warnings: [],
  partial: false,
};

const trial = (rate: number, stage: CapacityTrial['stage'], p99Us: number): CapacityTrial => {
  const { requests, failed, latency } = stepResult('', latencies(400, p99Us / 2));
  const met = p99Us < 50_000;
  const shown = formatDurationUs(p99Us);
  const p99 = { text: 'p99 < 50ms', metric: 'p99', limit: 50_000, value: p99Us, shown, met };
  const errors = { text: 'errors < 0.1%', metric: 'errors', limit: 0.1, value: 0, shown: '0%', met: true };
  const health = { verdict: 'PASS', reasons: [] } as const;
  return { rate, rps: 2 * rate - 1, requests, failed, latency, stage, objectives: [p99, errors], met, health };
};

const capacity: CapacityReport = {
  schemaVersion: 1,
  kind: 'capacity',
  objectives: ['p99 < 50ms', 'errors < 0.1%'],
  plan: comparison.plan,
  argv: ['capacity', 'plans/quick.yml', '--slo', 'p99 < 50ms, errors < 0.1%'],
  startedAt: comparison.startedAt,
  elapsedMs: 60_000,
  environment,
  seed: 42,
  candidates: [
    {
      id: 'event-loop',
      sustainedRate: 4200,
      failedRate: 4400,
      limit: 'objective',
      limitedBy: 'p99 < 50ms: 61.2 ms',
      trials: [trial(4200, 'confirmation', 48_100), trial(4400, 'bisection', 61_200)],
    },
  ],
  skipped: [],
  warnings: [],
  partial: false,
};

export const reportExamples = { drill, compare, regress, sweep, capacity } as const;
