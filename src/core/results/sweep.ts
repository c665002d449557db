import type { Environment, LatencySummary, ThresholdResult } from '../results.js';
import type { CompareReport } from './compare.js';

/** What a sweep or a capacity search climbs: waiting clients, or requests per second. */
export type LoadKind = 'concurrency' | 'rate';

/** One rung of the ladder for one candidate: medians over rounds, latencies of all rounds together. */
export interface SweepPoint {
  readonly load: number;
  readonly requests: number;
  readonly failed: number;
  readonly rps: number;
  /** One value a round, for intervals. */
  readonly rpsByRound: readonly number[];
  readonly latency: LatencySummary;
  readonly cpuUsPerRequest?: number;
}

export interface SweepCurve {
  readonly id: string;
  /** By rising load. */
  readonly points: readonly SweepPoint[];
  /** The load from which more load brings mostly waiting: where throughput per unit of latency is highest. */
  readonly knee?: number;
  /** The operational bounds: clients / unloaded response time rises with load, cores / CPU time is a ceiling. */
  readonly unloadedUs: number;
  readonly ceilingRps?: number;
}

/** Where the throughput of one candidate passes that of another. */
export interface Crossover {
  /** Ahead below the crossing, and above it. */
  readonly below: string;
  readonly above: string;
  readonly load: number;
  /** 95 % interval of the load. */
  readonly low: number;
  readonly high: number;
}

export interface SweepReport extends Pick<
  CompareReport,
  | 'schemaVersion'
  | 'plan'
  | 'argv'
  | 'startedAt'
  | 'elapsedMs'
  | 'environment'
  | 'seed'
  | 'rounds'
  | 'skipped'
  | 'warnings'
  | 'partial'
> {
  readonly kind: 'sweep';
  readonly vary: LoadKind;
  readonly curves: readonly SweepCurve[];
  readonly crossovers: readonly Crossover[];
}

/** One drive of a capacity search. */
export interface CapacityTrial {
  readonly rate: number;
  /** What was reached of it. */
  readonly rps: number;
  readonly stage: 'growth' | 'bisection' | 'confirmation';
  readonly objectives: readonly ThresholdResult[];
  readonly met: boolean;
}

export interface CapacityCandidate {
  readonly id: string;
  /** The highest rate that met every objective, twice; 0 when none did. */
  readonly sustainedRps: number;
  /** The lowest rate that did not; absent when the search never found one. */
  readonly failedRps?: number;
  /** Why the next rate up was not sustained. */
  readonly limitedBy?: string;
  readonly trials: readonly CapacityTrial[];
}

export interface CapacityReport extends Pick<
  CompareReport,
  | 'schemaVersion'
  | 'plan'
  | 'argv'
  | 'startedAt'
  | 'elapsedMs'
  | 'environment'
  | 'seed'
  | 'skipped'
  | 'warnings'
  | 'partial'
> {
  readonly kind: 'capacity';
  readonly objectives: readonly string[];
  readonly candidates: readonly CapacityCandidate[];
  readonly environment: Environment;
}
