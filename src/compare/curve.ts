import { median } from 'simple-statistics';
import type { Crossover, Leaders, SweepCurve, SweepMetric, SweepPoint } from '../core/results.js';
import { seededRandom } from './random.js';
import { expandedTail } from './statistics/bootstrap.js';

/**
 * The knee of a curve: the load at which throughput over response time, Kleinrock's power, is highest. Below it there
 * is throughput to be had, above it there is mostly waiting.
 *
 * L. Kleinrock, Power and Deterministic Rules of Thumb for Probabilistic Problems in Computer Communications,
 * ICC 1979.
 */
export function kneeOf(points: readonly SweepPoint[]): number | undefined {
  const best = points.toSorted((a, b) => power(b) - power(a))[0];
  return best === undefined || power(best) === 0 ? undefined : best.load;
}

function power({ requests, failed, rps, latency }: SweepPoint): number {
  return requests > failed && latency.meanUs > 0 ? rps / latency.meanUs : 0;
}

/** A difference counts as one from here on. */
const leastRatio = Math.log(1.05);
const resamples = 2000;

/** One value a round, the higher the better. */
const byRound: Readonly<Record<SweepMetric, (point: SweepPoint) => readonly number[]>> = {
  rps: ({ rpsByRound }) => rpsByRound,
  p99: ({ p99UsByRound }) => p99UsByRound.map((us) => 1 / us),
};
const metrics = ['rps', 'p99'] as const satisfies readonly SweepMetric[];

/** How far one curve is ahead of another under one load. */
interface Lead {
  readonly load: number;
  /** Logarithm of how many times better the one is, a value a round. */
  readonly logs: readonly number[];
}

/** The lead of `a` over `b` under every load that both were driven with. */
function leadsOf(metric: SweepMetric, a: SweepCurve, b: SweepCurve): Lead[] {
  return a.points.flatMap((ours) => {
    const point = b.points.find(({ load }) => load === ours.load);
    if (point === undefined) return [];
    const theirs = byRound[metric](point);
    const logs = byRound[metric](ours)
      .slice(0, theirs.length)
      .map((value, round) => Math.log(value / (theirs[round] as number)))
      .filter(Number.isFinite);
    return logs.length === 0 ? [] : [{ load: ours.load, logs }];
  });
}

/**
 * Where one curve passes another: between the last load at which one leads by at least 5 % in every round and the
 * first at which the other does. The interval comes from drawing the rounds anew.
 */
export function crossoversOf(a: SweepCurve, b: SweepCurve, seed: number): Crossover[] {
  return metrics.flatMap((metric) => {
    const decided = leadsOf(metric, a, b).filter(({ logs }) => signOf(logs) !== 0);
    return decided.slice(1).flatMap((after, place): Crossover[] => {
      const before = decided[place] as Lead;
      if (signOf(before.logs) === signOf(after.logs)) return [];
      const [below, above] = signOf(before.logs) > 0 ? [a.id, b.id] : [b.id, a.id];
      return [{ metric, below, above, ...crossing(before, after, seed) }];
    });
  });
}

/** Under each load, those who answered and whom nobody beats. */
export function leadersOf(curves: readonly SweepCurve[]): Leaders[] {
  const loads = [...new Set(curves.flatMap(({ points }) => points.map(({ load }) => load)))].toSorted((a, b) => a - b);
  return metrics.flatMap((metric) =>
    loads.map((load) => {
      const answering = curves.filter(({ points }) =>
        points.some((point) => point.load === load && point.requests > point.failed),
      );
      const beats = (a: SweepCurve, b: SweepCurve): boolean =>
        leadsOf(metric, a, b).some((lead) => lead.load === load && signOf(lead.logs) > 0);
      const unbeaten = answering.filter((curve) => !answering.some((other) => beats(other, curve)));
      return { metric, load, ids: unbeaten.map(({ id }) => id) };
    }),
  );
}

/** 1 or -1 when every round agrees and the difference is worth a word, else 0. */
function signOf(logs: readonly number[]): -1 | 0 | 1 {
  const middle = median([...logs]);
  if (Math.abs(middle) < leastRatio || !logs.every((log) => Math.sign(log) === Math.sign(middle))) return 0;
  return middle > 0 ? 1 : -1;
}

/** Straight lines through the logarithms: where they meet, and how far that moves when rounds are drawn anew. */
function crossing(before: Lead, after: Lead, seed: number): { load: number; low: number; high: number } {
  const random = seededRandom(seed);
  const drawn = ({ logs }: Lead): number => median(logs.map(() => logs[random(0, logs.length - 1)] as number));
  const meet = (from: number, to: number): number => {
    const share = Math.min(1, Math.max(0, from / (from - to)));
    return Math.exp(Math.log(before.load) + share * (Math.log(after.load) - Math.log(before.load)));
  };
  const loads = Array.from({ length: resamples }, () => meet(drawn(before), drawn(after))).toSorted((x, y) => x - y);
  const fewest = Math.min(before.logs.length, after.logs.length);
  const rank = fewest < 2 ? 0 : Math.floor(expandedTail(0.025, fewest) * resamples);
  return {
    load: meet(median([...before.logs]), median([...after.logs])),
    low: loads[rank] as number,
    high: loads[resamples - 1 - rank] as number,
  };
}
