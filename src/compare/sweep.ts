import { median } from 'simple-statistics';
import { answeredPerSecond } from '../core/answered.js';
import { ExitCode, UserError } from '../core/errors.js';
import { mergeErrors } from '../core/merge-errors.js';
import type { LoadKind, SweepCurve, SweepPoint, SweepReport } from '../core/results.js';
import { isSound } from '../core/sweep-points.js';
import type { Candidate, Drive } from './candidate.js';
import { kneeOf } from './curve.js';
import { fairnessCard } from './fairness.js';
import { crossoversOf, leadersOf } from './lead.js';
import type { MeasureOptions } from './measure.js';
import { mergeLatency, worstHealth } from './merge.js';
import { seededRandom, shuffled } from './random.js';
import { type Rung, driveRung } from './rung.js';
import { unloadedTimeUs } from './theory.js';

export interface SweepOptions extends Omit<MeasureOptions, 'onMeasuring'> {
  readonly vary: LoadKind;
  /** Rising. */
  readonly loads: readonly number[];
  readonly rounds: number;
  readonly seed: number;
  readonly cores: number;
  readonly onProgress?: (progress: {
    readonly candidate: string;
    readonly load: number;
    readonly done: number;
    readonly total: number;
  }) => void;
}

/** The plan with this much load, for a fixed time, after a warm-up. */
export type DriveAt = (load: number, warmupMs: number) => Promise<Drive>;

/** What a sweep found, as far as it came. */
export type Swept = Pick<
  SweepReport,
  'curves' | 'leaders' | 'crossovers' | 'fairness' | 'vary' | 'rounds' | 'warnings' | 'partial' | 'stopped'
>;

/** What was measured of one candidate. */
interface Climbed {
  readonly id: string;
  readonly rungs: Rung[];
  settings: Readonly<Record<string, unknown>>;
}

/**
 * Drives every candidate at every load of the ladder, in rounds: in each, the candidates in random order, and the
 * loads of a candidate in random order on one freshly started server.
 *
 * A server that does not start, or a plan that stops its run, ends the sweep; what was measured is kept.
 * @throws {UserError} when that happens before anything was measured
 */
export async function sweep(candidates: readonly Candidate[], driveAt: DriveAt, options: SweepOptions): Promise<Swept> {
  const { loads, rounds, seed, signal, warmupMs } = options;
  const random = seededRandom(seed);
  // Compiled before anything is measured: what is wrong with a load is said before the first drive.
  const usual = new Map(await Promise.all(loads.map(async (load) => [load, await driveAt(load, warmupMs)] as const)));
  const driveFor = (load: number, ms: number): Promise<Drive> | Drive =>
    (ms === warmupMs ? usual.get(load) : undefined) ?? driveAt(load, ms);
  const climbed = candidates.map(({ id }): Climbed => ({ id, rungs: [], settings: {} }));
  const total = rounds * candidates.length * loads.length;
  let done = 0;
  let wholeRounds = 0;
  let stopped: string | undefined;
  for (let round = 0; round < rounds && !signal.aborted && stopped === undefined; round++) {
    for (const candidate of shuffled(candidates, random)) {
      if (signal.aborted || stopped !== undefined) break;
      const own = climbed.find(({ id }) => id === candidate.id) as Climbed;
      const onLoad = (load: number): void => {
        options.onProgress?.({ candidate: candidate.id, load, done, total });
        done += 1;
      };
      try {
        await climb(candidate, own, shuffled(loads, random), driveFor, { ...options, onLoad });
      } catch (error) {
        if (!(error instanceof UserError) || climbed.every(({ rungs }) => rungs.length === 0)) throw error;
        stopped = `${candidate.id}, round ${round + 1}: ${error.message}`;
      }
    }
    if (!signal.aborted && stopped === undefined) wholeRounds += 1;
  }
  const measured = climbed.filter(({ rungs }) => rungs.length > 0);
  const curves = measured.map((own) => curveOf(own, options));
  return {
    vary: options.vary,
    rounds: Math.max(wholeRounds, 1),
    curves,
    leaders: leadersOf(curves),
    crossovers: curves.flatMap((a, place) => curves.slice(place + 1).flatMap((b) => crossoversOf(a, b, seed))),
    fairness: fairnessCard(
      measured.map(({ id, settings, rungs }) => ({ id, settings, transport: rungs[0]?.report.transport ?? '' })),
    ),
    ...(stopped === undefined ? {} : { stopped }),
    warnings: [...new Set(measured.flatMap(({ rungs }) => rungs.flatMap(({ report }) => report.warnings)))],
    partial: signal.aborted || stopped !== undefined,
  };
}

/** One round of one candidate. */
async function climb(
  candidate: Candidate,
  own: Climbed,
  loads: readonly number[],
  driveFor: (load: number, warmupMs: number) => Promise<Drive> | Drive,
  options: SweepOptions & { readonly onLoad: (load: number) => void },
): Promise<void> {
  const { signal, onLoad } = options;
  const server = await candidate.start(signal).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
  if (server === undefined) return;
  own.settings = server.settings;
  try {
    for (const load of loads) {
      if (signal.aborted) break;
      onLoad(load);
      const rung = await driveRung(server, load, (warmupMs) => driveFor(load, warmupMs), options);
      if (signal.aborted) break;
      if (rung.report.stopped !== undefined) throw new UserError(rung.report.stopped, { exitCode: ExitCode.runFailed });
      own.rungs.push(rung);
    }
  } finally {
    await server.close();
  }
}

function curveOf({ id, rungs }: Climbed, { loads, cores, vary }: SweepOptions): SweepCurve {
  const byLoad = loads.flatMap((load) => {
    const here = rungs.filter((rung) => rung.load === load);
    return here.length === 0 ? [] : [{ load, here, point: pointOf(load, here) }];
  });
  const sound = byLoad.filter(({ point }) => isSound(point)).map(({ here }) => here);
  const costs = sound
    .flat()
    .flatMap(({ cost }) => (cost !== undefined && cost.cpuUsPerRequest > 0 ? [cost.cpuUsPerRequest] : []));
  const ceilingRps = costs.length === 0 ? undefined : (cores / Math.min(...costs)) * 1e6;
  // Least of all loads: with little to do a machine is slow to wake up, and more load can bring more than its share.
  const answered = sound.flatMap((here) => {
    const unloadedUs = unloadedTimeUs(here.flatMap(({ report }) => report.steps));
    return unloadedUs === 0 ? [] : [{ unloadedUs, thinkUs: thinkTimeUs(here) }];
  });
  const unloadedUs = least(answered.map((one) => one.unloadedUs));
  const thinkUs = vary === 'rate' ? 0 : least(answered.map((one) => one.thinkUs));
  const points = byLoad.map(({ load, point }): SweepPoint => {
    const byClients = vary === 'rate' || unloadedUs === 0 ? Infinity : (load / (unloadedUs + thinkUs)) * 1e6;
    const boundRps = Math.min(byClients, ceilingRps ?? Infinity);
    return { ...point, ...(Number.isFinite(boundRps) ? { boundRps } : {}) };
  });
  const knee = kneeOf(points);
  return {
    id,
    points,
    unloadedUs,
    thinkUs,
    ...(knee === undefined ? {} : { knee }),
    ...(ceilingRps === undefined ? {} : { ceilingRps }),
    errors: mergeErrors(rungs.flatMap(({ report }) => report.total.errors)),
  };
}

/** 0 where there is none. */
function least(times: readonly number[]): number {
  return times.length === 0 ? 0 : Math.min(...times);
}

/** Z = N / X - R, the interactive response time law. @param rungs of one load */
function thinkTimeUs(rungs: readonly Rung[]): number {
  const clients = rungs[0]?.load ?? 0;
  const rps = median(rungs.map(({ report }) => report.total.rps));
  const meanUs = mergeLatency(rungs.map(({ report }) => report.total)).latency.meanUs;
  return rps === 0 ? 0 : Math.max(0, (clients / rps) * 1e6 - meanUs);
}

function pointOf(load: number, rungs: readonly Rung[]): SweepPoint {
  const totals = rungs.map(({ report }) => report.total);
  const rpsByRound = totals.map(answeredPerSecond);
  const costs = rungs.flatMap(({ cost }) => (cost === undefined ? [] : [cost.cpuUsPerRequest]));
  return {
    load,
    requests: totals.reduce((sum, { requests }) => sum + requests, 0),
    failed: totals.reduce((sum, { failed }) => sum + failed, 0),
    rps: median(rpsByRound),
    rpsByRound,
    p99UsByRound: totals.map(({ latency }) => latency.p99Us),
    latency: mergeLatency(totals).latency,
    ...(costs.length === 0 ? {} : { cpuUsPerRequest: median(costs) }),
    health: worstHealth(rungs.map(({ health }) => health)),
  };
}
