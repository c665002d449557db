import type { Health, LatencySummary, RunRecord, ThresholdResult } from '../results.js';
import type { SkippedCandidate } from './compare.js';

/** One drive of a capacity search. */
export interface CapacityTrial {
  /** Iterations of the plan per second that were asked for. */
  readonly rate: number;
  /** Successful requests per second that this brought. */
  readonly rps: number;
  readonly requests: number;
  readonly failed: number;
  readonly latency: LatencySummary;
  readonly stage: 'growth' | 'bisection' | 'confirmation';
  readonly objectives: readonly ThresholdResult[];
  readonly met: boolean;
  readonly health: Health;
}

/** Why a search went no higher: an objective was missed, the generator could not offer more, or `--to` was reached. */
export type CapacityLimit = 'objective' | 'generator' | 'end';

export interface CapacityCandidate {
  readonly id: string;
  /** The highest rate, in iterations per second, that met every objective, twice; 0 when none did. */
  readonly sustainedRate: number;
  /** The lowest rate above it that did not; absent when the search never found one. */
  readonly failedRate?: number;
  /** Absent when the search was interrupted. Unless it is an objective, the server might sustain more. */
  readonly limit?: CapacityLimit;
  /** Why the next rate up was not sustained. */
  readonly limitedBy?: string;
  /** In the order in which they were driven. */
  readonly trials: readonly CapacityTrial[];
}

export interface CapacityReport extends RunRecord {
  readonly kind: 'capacity';
  readonly objectives: readonly string[];
  readonly candidates: readonly CapacityCandidate[];
  readonly skipped: readonly SkippedCandidate[];
  /** Why it ended before its end, when nobody interrupted it. */
  readonly stopped?: string;
}
