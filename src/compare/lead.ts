import { mean, median, sampleStandardDeviation } from 'simple-statistics';
import { failsMore } from '../core/failures.js';
import type { Crossover, Leaders, SweepCurve, SweepMetric, SweepPoint } from '../core/results.js';
import { contendersAt, isSound, soundAt } from '../core/sweep-points.js';
import { seededRandom } from './random.js';
import { expandedTail } from './statistics/bootstrap.js';
import { tQuantile } from './statistics/student-t.js';

/** A difference counts as one from here on. */
const leastRatio = Math.log(1.05);
/** By its own rounds, or by those of the loads beside it. */
const waysToShow = 2;
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

/** The points of both under one load. */
interface Pair {
  readonly ours: SweepPoint;
  readonly theirs: SweepPoint;
}

/** A lead, and whose it is: 1 the one's, -1 the other's, 0 when that cannot be told. */
interface Judged extends Lead {
  readonly sign: -1 | 0 | 1;
}

/** Who is ahead of whom, `a` or `b`, under every load that both were driven with and can be believed at. */
function leadsOf(metric: SweepMetric, a: SweepCurve, b: SweepCurve): Judged[] {
  const leads = a.points.flatMap((ours): (Lead & Pair)[] => {
    const theirs = b.points.find(({ load }) => load === ours.load);
    if (theirs === undefined || !isSound(ours) || !isSound(theirs)) return [];
    const others = byRound[metric](theirs);
    const logs = byRound[metric](ours)
      .slice(0, others.length)
      .map((value, round) => Math.log(value / (others[round] as number)))
      .filter(Number.isFinite);
    return logs.length === 0 ? [] : [{ load: ours.load, logs, ours, theirs }];
  });
  return leads.map(({ load, logs, ours, theirs }, place) => {
    const sign = signOf(leads, place);
    // Whoever does less of the work is not ahead in it.
    const isLess = sign > 0 ? failsMore(ours, theirs) : failsMore(theirs, ours);
    return { load, logs, sign: isLess ? 0 : sign };
  });
}

/**
 * Whose a lead is. It must be one of 5 % at least, and no noise: either by its own rounds (Student's t on the
 * logarithms), or because every round agrees and the loads beside it say the same. Whoever looks at many loads in two
 * metrics finds something in one of them, so each is judged the more strictly the more there are (Bonferroni).
 */
function signOf(leads: readonly Lead[], place: number): -1 | 0 | 1 {
  const { logs } = leads[place] as Lead;
  const middle = median([...logs]);
  if (Math.abs(middle) < leastRatio) return 0;
  const sign = middle > 0 ? 1 : -1;
  const alpha = 0.05 / (leads.length * metrics.length * waysToShow);
  const around = leads.slice(Math.max(0, place - 1), place + 2).flatMap((lead) => lead.logs);
  const unanimous = logs.every((log) => Math.sign(log) === sign);
  return isBeyondNoise(logs, sign, alpha) || (unanimous && isBeyondNoise(around, sign, alpha)) ? sign : 0;
}

/** Student's t-test of one sample against zero, two-sided, and to the side of `sign`. */
function isBeyondNoise(logs: readonly number[], sign: -1 | 1, alpha: number): boolean {
  if (logs.length < 2) return false;
  const error = sampleStandardDeviation([...logs]) / Math.sqrt(logs.length);
  return sign * mean([...logs]) > tQuantile(1 - alpha / 2, logs.length - 1) * error;
}

/**
 * Where one curve passes another: between the last load at which one is ahead and the first at which the other is.
 * The interval comes from drawing the rounds anew.
 */
export function crossoversOf(a: SweepCurve, b: SweepCurve, seed: number): Crossover[] {
  return metrics.flatMap((metric) => {
    const decided = leadsOf(metric, a, b).filter(({ sign }) => sign !== 0);
    return decided.slice(1).flatMap((after, place): Crossover[] => {
      const before = decided[place] as Judged;
      if (before.sign === after.sign) return [];
      const [below, above] = before.sign > 0 ? [a.id, b.id] : [b.id, a.id];
      return [{ metric, below, above, ...crossing(before, after, seed) }];
    });
  });
}

/**
 * Under each load, those who can be believed, whom nobody is ahead of and who fail no more than another; nobody where
 * fewer than two can be believed.
 */
export function leadersOf(curves: readonly SweepCurve[]): Leaders[] {
  const loads = [...new Set(curves.flatMap(({ points }) => points.map(({ load }) => load)))].toSorted((a, b) => a - b);
  return metrics.flatMap((metric) => {
    const pairs = curves.flatMap((a) => curves.flatMap((b) => (a === b ? [] : [{ a, b }])));
    const beaten = new Set(
      pairs.flatMap(({ a, b }) =>
        leadsOf(metric, a, b).flatMap(({ load, sign }) => (sign > 0 ? [`${load} ${b.id}`] : [])),
      ),
    );
    return loads.map((load): Leaders => {
      const contenders = contendersAt(curves, load);
      const ahead = curves.filter(
        ({ id, points }) => points.some((point) => contenders.includes(point)) && !beaten.has(`${load} ${id}`),
      );
      return { metric, load, ids: soundAt(curves, load).length < 2 ? [] : ahead.map(({ id }) => id) };
    });
  });
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
