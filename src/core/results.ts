/**
 * The data that travels from measuring to printing: plain, read-only, JSON-safe, versioned.
 * Nothing after these types measures; nothing before them prints. Units stand in the names.
 */

import type { CapacityReport } from './results/capacity.js';
import type { CompareReport } from './results/compare.js';
import type { RegressReport } from './results/regress.js';
import type { SweepReport } from './results/sweep.js';

/** Percentiles of one set of samples, in microseconds. Every value is 0 when there are no samples. */
export interface LatencySummary {
  readonly minUs: number;
  readonly p50Us: number;
  readonly p75Us: number;
  readonly p90Us: number;
  readonly p95Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
  readonly meanUs: number;
  readonly stdevUs: number;
}

/** Why a request failed. One request of a plan is one result, always. */
export type ErrorClass =
  | 'connect'
  | 'reset'
  | 'timeout'
  | 'tls'
  | 'protocol'
  | 'status-3xx'
  | 'status-4xx'
  | 'status-5xx'
  | 'assert'
  | 'check'
  | 'aborted';

export interface ErrorCount {
  readonly class: ErrorClass;
  readonly message: string;
  readonly count: number;
}

/** The plan that was run. */
export interface PlanReference {
  /** As given. */
  readonly path: string;
  /** SHA-256 of its text. */
  readonly hash: string;
  readonly text?: string;
}

/** What was measured of one step name, or of all steps together. */
export interface StepResult {
  readonly name: string;
  readonly requests: number;
  /** Answered with a status of 200..299. */
  readonly ok: number;
  readonly failed: number;
  /** Requests, failed ones too, per second of the run's wall time. */
  readonly rps: number;
  readonly bytesReceived: number;
  /** Response time of successful requests: due (in an open loop) or sent, to the last byte of the body. */
  readonly latency: LatencySummary;
  /** The same for failed requests. */
  readonly failedLatency: LatencySummary;
  /** Successful requests, sent to the end of the headers. */
  readonly headersLatency?: LatencySummary;
  /** Open loop only: successful requests, sent to the last byte of the body. */
  readonly service?: LatencySummary;
  /** Open loop only: how late requests started, sent minus due. */
  readonly lateness?: LatencySummary;
  /** Open loop only: requests that could not be started at all. */
  readonly dropped?: number;
  /** Open loop only: requests that started later than max(1 ms, 10 % of the interval). */
  readonly late?: number;
  /** What was checked of responses beside their status (`check`, `extract`, asserts that the run goes on after). */
  readonly checks?: { readonly passed: number; readonly failed: number };
  readonly errors: readonly ErrorCount[];
  /** Histograms of `latency` and `failedLatency` in microseconds: HdrHistogram V2, compressed, base64. */
  readonly histogram: string;
  readonly failedHistogram: string;
  /** The same of `headersLatency`, `service` and `lateness`, so that runs can be merged. */
  readonly headersHistogram?: string;
  readonly serviceHistogram?: string;
  readonly latenessHistogram?: string;
}

/** Whether the generator can be believed, with the reasons against it. */
export interface Health {
  readonly verdict: 'PASS' | 'WARN' | 'INVALID';
  readonly reasons: readonly string[];
}

/** Where a result was measured; two results compare only when these agree. */
export interface Environment {
  readonly archbench: string;
  readonly node: string;
  readonly platform: string;
  readonly kernel: string;
  readonly cpu: string;
  readonly cores: number;
}

/** A condition of the user on a result, and whether it was met. */
export interface ThresholdResult {
  /** As written: `p99 < 250ms`. */
  readonly text: string;
  /** Absent for all steps together. */
  readonly step?: string;
  readonly metric: string;
  /** In microseconds, percent, requests or requests per second. */
  readonly limit: number;
  /** What was measured, in the same unit; absent when there was nothing to judge. */
  readonly value?: number;
  /** The value for people, or why there is none. */
  readonly shown: string;
  readonly met: boolean;
}

/** One second of the run. */
export interface SecondResult {
  readonly second: number;
  readonly requests: number;
  readonly failed: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** What load was asked for. */
export interface LoadSummary {
  /** Closed: clients that wait for their answer. Open: a schedule that waits for nobody. */
  readonly loop: 'closed' | 'open';
  /** Generator threads. */
  readonly threads: number;
  readonly warmupMs: number;
  readonly durationMs?: number;
  /** Open loop: iterations per second. */
  readonly ratePerSecond?: number;
  readonly arrival?: 'constant' | 'poisson';
  readonly maxInFlight?: number;
  readonly stages?: readonly {
    readonly of: 'rate' | 'concurrency';
    readonly target: number;
    readonly forMs: number;
    readonly ramp: 'none' | 'linear';
  }[];
}

/** What every report says of the run that it is of. */
export interface RunRecord {
  readonly schemaVersion: 1;
  readonly plan: PlanReference;
  readonly argv: readonly string[];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly environment: Environment;
  readonly seed: number;
  readonly warnings: readonly string[];
  /** True when the run was interrupted or aborted before its end. */
  readonly partial: boolean;
}

export interface DrillReport extends RunRecord {
  readonly kind: 'drill';
  readonly base: string;
  /** Closed loop: iterations at once; with stages, at most. */
  readonly concurrency: number;
  /** 0 where their number was not given. */
  readonly iterations: number;
  readonly load?: LoadSummary;
  readonly transport: string;
  readonly total: StepResult;
  readonly steps: readonly StepResult[];
  readonly series: readonly SecondResult[];
  /** The plan's `thresholds:`, judged. */
  readonly thresholds?: readonly ThresholdResult[];
  readonly warmup: { readonly requests: number };
  readonly health: Health;
  /**
   * Closed loop over a time: the share of the clients' time that went into iterations which began and ended while it
   * counted. What is missing from 1 is lost by the generator, or what was under way began too early or ended too late.
   */
  readonly busyShare?: number;
  readonly backlog?: Backlog;
  /** Times of whole iterations, from the first step to the end of the last; only those that ran to their end. */
  readonly scenarios?: LatencySummary;
  /** Why the run ended before its end, in one sentence; absent when it did not, or was interrupted. */
  readonly stopped?: string;
}

/**
 * Open loop at one rate over a time: iterations on their way half way and at the end of the schedule. Of a server that
 * keeps up it is about the same number, of any other it grows.
 */
export interface Backlog {
  readonly halfway: number;
  readonly end: number;
  /** How many were started in the second half. */
  readonly started: number;
}

export type * from './results/capacity.js';
export type * from './results/compare.js';
export type * from './results/regress.js';
export type * from './results/sweep.js';

export type Report = DrillReport | CompareReport | SweepReport | CapacityReport | RegressReport;
