import type { Health, LatencySummary, RunRecord, ThresholdResult } from '../results.js';
import type { SkippedCandidate } from './compare.js';

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
  readonly p99UsByRound: readonly number[];
  readonly latency: LatencySummary;
  readonly cpuUsPerRequest?: number;
  /** The most that the operational laws allow at this load. */
  readonly boundRps?: number;
  /** The worst health card of all rounds. */
  readonly health: Health;
}

export interface SweepCurve {
  readonly id: string;
  /** By rising load. */
  readonly points: readonly SweepPoint[];
  /** The load from which more load brings mostly waiting: where throughput per unit of latency is highest. */
  readonly knee?: number;
  /** Response time of a request with nobody else there. */
  readonly unloadedUs: number;
  /** What a client does between two requests: delays of the plan, and the generator's own work. */
  readonly thinkUs: number;
  /** Cores / CPU time of a request at its cheapest. */
  readonly ceilingRps?: number;
}

/** By what candidates of a sweep are ordered. */
export type SweepMetric = 'rps' | 'p99';

/** Who is ahead under one load. */
export interface Leaders {
  readonly metric: SweepMetric;
  readonly load: number;
  /** Whom nobody beats in every round by 5 % or more; empty when nobody answered. */
  readonly ids: readonly string[];
}

/** Where one candidate passes another. */
export interface Crossover {
  readonly metric: SweepMetric;
  /** Ahead below the crossing, and above it. */
  readonly below: string;
  readonly above: string;
  readonly load: number;
  /** 95 % interval of the load. */
  readonly low: number;
  readonly high: number;
}

export interface SweepReport extends RunRecord {
  readonly kind: 'sweep';
  readonly rounds: number;
  readonly vary: LoadKind;
  readonly curves: readonly SweepCurve[];
  /** For each metric and load, by rising load. */
  readonly leaders: readonly Leaders[];
  readonly crossovers: readonly Crossover[];
  readonly skipped: readonly SkippedCandidate[];
}

/** One drive of a capacity search. */
export interface CapacityTrial {
  /** Iterations of the plan per second that were asked for. */
  readonly rate: number;
  /** Requests per second that this brought. */
  readonly rps: number;
  readonly requests: number;
  readonly failed: number;
  readonly latency: LatencySummary;
  readonly stage: 'growth' | 'bisection' | 'confirmation';
  readonly objectives: readonly ThresholdResult[];
  readonly met: boolean;
  readonly health: Health;
}

export interface CapacityCandidate {
  readonly id: string;
  /** The highest rate, in iterations per second, that met every objective, twice; 0 when none did. */
  readonly sustainedRate: number;
  /** The lowest rate that did not; absent when the search never found one. */
  readonly failedRate?: number;
  /** Why the next rate up was not sustained. */
  readonly limitedBy?: string;
  readonly trials: readonly CapacityTrial[];
}

export interface CapacityReport extends RunRecord {
  readonly kind: 'capacity';
  readonly objectives: readonly string[];
  readonly candidates: readonly CapacityCandidate[];
  readonly skipped: readonly SkippedCandidate[];
}
