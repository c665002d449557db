import type { ErrorCount, Health, LatencySummary, RunRecord } from '../results.js';
import type { FairnessLine, SkippedCandidate } from './compare.js';

/** What a sweep climbs: waiting clients, or iterations of the plan per second. */
export type LoadKind = 'concurrency' | 'rate';

/** One rung of the ladder for one candidate: medians over rounds, latencies of all rounds together. */
export interface SweepPoint {
  readonly load: number;
  readonly requests: number;
  readonly failed: number;
  /** Successful requests per second. */
  readonly rps: number;
  /** One value a round, for intervals. */
  readonly rpsByRound: readonly number[];
  readonly p99UsByRound: readonly number[];
  readonly latency: LatencySummary;
  readonly cpuUsPerRequest?: number;
  /** The most that the operational laws allow at this load. */
  readonly boundRps?: number;
  /**
   * The worst health card of all rounds. A point that is INVALID is shown, marked, and has no part in knee, ceiling,
   * leaders and crossovers: what was measured is not what the server does under this load.
   */
  readonly health: Health;
}

export interface SweepCurve {
  readonly id: string;
  /** By rising load. */
  readonly points: readonly SweepPoint[];
  /**
   * The load from which more load brings mostly waiting: where throughput per unit of latency is highest. Absent where
   * that is the highest load of all.
   */
  readonly knee?: number;
  /** Response time of a request with nobody else there: the quickest of all. */
  readonly unloadedUs: number;
  /** What a client does between two requests, at the least: delays of the plan, and the generator's own work. */
  readonly thinkUs: number;
  /** Cores / CPU time of a request at its cheapest. */
  readonly ceilingRps?: number;
  /** Of all points together. */
  readonly errors: readonly ErrorCount[];
}

/** By what candidates of a sweep are ordered. */
export type SweepMetric = 'rps' | 'p99';

/** Who is ahead under one load. */
export interface Leaders {
  readonly metric: SweepMetric;
  readonly load: number;
  /** Whom nobody is ahead of; empty where the figures of fewer than two can be believed. */
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
  readonly fairness: readonly FairnessLine[];
  readonly skipped: readonly SkippedCandidate[];
  /** Why it ended before its end, when nobody interrupted it. */
  readonly stopped?: string;
}
