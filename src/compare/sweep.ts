import { median } from 'simple-statistics';
import type { DrillReport, LoadKind, ServerCost, SweepCurve, SweepPoint, SweepReport } from '../core/results.js';
import type { Candidate, Drive } from './candidate.js';
import { crossoversOf, kneeOf, leadersOf } from './curve.js';
import { type MeasureOptions, measure } from './measure.js';
import { answeredPerSecond, healthOf, mergeLatency, worstHealth } from './merge.js';
import { seededRandom, shuffled } from './random.js';
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

interface Rung {
  readonly load: number;
  readonly report: DrillReport;
  readonly cost: ServerCost | undefined;
}

/**
 * Drives every candidate at every load of the ladder, in rounds: in each, the candidates in random order, and the
 * loads of a candidate in random order on one freshly started server.
 *
 * @param driveAt the plan with this much load, for a fixed time
 */
export async function sweep(
  candidates: readonly Candidate[],
  driveAt: (load: number) => Promise<Drive>,
  options: SweepOptions,
): Promise<Pick<SweepReport, 'curves' | 'leaders' | 'crossovers' | 'vary' | 'rounds' | 'warnings' | 'partial'>> {
  const { loads, rounds, seed, signal } = options;
  const random = seededRandom(seed);
  const drives = new Map(await Promise.all(loads.map(async (load) => [load, await driveAt(load)] as const)));
  const measured = new Map<string, Rung[]>(candidates.map(({ id }) => [id, []]));
  let done = 0;
  let wholeRounds = 0;
  for (let round = 0; round < rounds && !signal.aborted; round++) {
    for (const candidate of shuffled(candidates, random)) {
      if (signal.aborted) break;
      const order = shuffled(loads, random);
      const rungs = await climb(candidate, order, drives, options, (load) => {
        options.onProgress?.({ candidate: candidate.id, load, done, total: rounds * candidates.length * loads.length });
        done += 1;
      });
      measured.get(candidate.id)?.push(...rungs);
    }
    if (!signal.aborted) wholeRounds += 1;
  }
  const curves = [...measured]
    .filter(([, rungs]) => rungs.length > 0)
    .map(([id, rungs]) => curveOf(id, rungs, options));
  return {
    vary: options.vary,
    rounds: Math.max(wholeRounds, 1),
    curves,
    leaders: leadersOf(curves),
    crossovers: curves.flatMap((a, place) => curves.slice(place + 1).flatMap((b) => crossoversOf(a, b, seed))),
    warnings: [...new Set([...measured.values()].flat().flatMap(({ report }) => report.warnings))],
    partial: signal.aborted,
  };
}

async function climb(
  candidate: Candidate,
  loads: readonly number[],
  drives: ReadonlyMap<number, Drive>,
  options: SweepOptions,
  onLoad: (load: number) => void,
): Promise<Rung[]> {
  const { signal } = options;
  const rungs: Rung[] = [];
  const server = await candidate.start(signal).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
  if (server === undefined) return rungs;
  try {
    for (const load of loads) {
      if (signal.aborted) break;
      onLoad(load);
      const { report, cost } = await measure(server, drives.get(load) as Drive, options);
      if (!signal.aborted) rungs.push({ load, report, cost });
    }
  } finally {
    await server.close();
  }
  return rungs;
}

function curveOf(id: string, rungs: readonly Rung[], { loads, cores, vary }: SweepOptions): SweepCurve {
  const costs = rungs.flatMap(({ cost }) =>
    cost !== undefined && cost.cpuUsPerRequest > 0 ? [cost.cpuUsPerRequest] : [],
  );
  const ceilingRps = costs.length === 0 ? undefined : (cores / Math.min(...costs)) * 1e6;
  const byLoad = loads.map((load) => ({ load, here: rungs.filter((rung) => rung.load === load) }));
  const measured = byLoad.filter(({ here }) => here.length > 0);
  const lowest = measured[0];
  const unloadedUs = lowest === undefined ? 0 : unloadedTimeUs(lowest.here.flatMap(({ report }) => report.steps));
  const thinkUs = lowest === undefined || vary === 'rate' ? 0 : thinkTimeUs(lowest.load, lowest.here);
  const points = measured.map(({ load, here }): SweepPoint => {
    const byClients = vary === 'rate' || unloadedUs === 0 ? Infinity : (load / (unloadedUs + thinkUs)) * 1e6;
    const boundRps = Math.min(byClients, ceilingRps ?? Infinity);
    return { ...pointOf(load, here), ...(Number.isFinite(boundRps) ? { boundRps } : {}) };
  });
  const knee = kneeOf(points);
  return {
    id,
    points,
    unloadedUs,
    thinkUs,
    ...(knee === undefined ? {} : { knee }),
    ...(ceilingRps === undefined ? {} : { ceilingRps }),
  };
}

/** Z = N / X - R, the interactive response time law, where N is lowest. */
function thinkTimeUs(clients: number, rungs: readonly Rung[]): number {
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
    health: worstHealth(rungs.map(({ report }) => healthOf(report))),
  };
}
