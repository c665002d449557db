import { median } from 'simple-statistics';
import type { DrillReport, LoadKind, ServerCost, SweepCurve, SweepPoint, SweepReport } from '../core/results.js';
import type { Candidate, Drive } from './candidate.js';
import { crossoversOf, kneeOf } from './curve.js';
import { type MeasureOptions, measure } from './measure.js';
import { answeredPerSecond, mergeLatency } from './merge.js';
import { seededRandom, shuffled } from './random.js';

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
): Promise<Pick<SweepReport, 'curves' | 'crossovers' | 'vary' | 'rounds' | 'warnings' | 'partial'>> {
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
    .map(([id, rungs]) => curveOf(id, loads, rungs, options.cores));
  return {
    vary: options.vary,
    rounds: Math.max(wholeRounds, 1),
    curves,
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

function curveOf(id: string, loads: readonly number[], rungs: readonly Rung[], cores: number): SweepCurve {
  const points = loads.flatMap((load): SweepPoint[] => {
    const here = rungs.filter((rung) => rung.load === load);
    return here.length === 0 ? [] : [pointOf(load, here)];
  });
  const knee = kneeOf(points);
  const costs = points.flatMap(({ cpuUsPerRequest = 0 }) => (cpuUsPerRequest > 0 ? [cpuUsPerRequest] : []));
  const cheapest = costs.length === 0 ? undefined : Math.min(...costs);
  return {
    id,
    points,
    unloadedUs: points[0]?.latency.p50Us ?? 0,
    ...(knee === undefined ? {} : { knee }),
    ...(cheapest === undefined ? {} : { ceilingRps: (cores / cheapest) * 1e6 }),
  };
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
    latency: mergeLatency(totals).latency,
    ...(costs.length === 0 ? {} : { cpuUsPerRequest: median(costs) }),
  };
}
