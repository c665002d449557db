/**
 * The data that travels from measuring to printing: plain, read-only, JSON-safe, versioned.
 * Nothing after these types measures; nothing before them prints. Units stand in the names.
 */

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
  readonly headersLatency: LatencySummary;
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

export interface DrillReport {
  readonly schemaVersion: 1;
  readonly kind: 'drill';
  /** Path of the plan as given, and the SHA-256 of its text. */
  readonly plan: { readonly path: string; readonly hash: string };
  readonly argv: readonly string[];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly base: string;
  readonly concurrency: number;
  readonly iterations: number;
  readonly seed: number;
  readonly transport: string;
  readonly environment: Environment;
  readonly total: StepResult;
  readonly steps: readonly StepResult[];
  readonly series: readonly SecondResult[];
  /** The plan's `thresholds:`, judged. */
  readonly thresholds?: readonly ThresholdResult[];
  readonly warmup: { readonly requests: number };
  readonly health: Health;
  readonly warnings: readonly string[];
  /** Times of whole iterations, from the first step to the end of the last; only those that ran to their end. */
  readonly scenarios?: LatencySummary;
  /** True when the run was interrupted or aborted before its end. */
  readonly partial: boolean;
  /** Why the run ended before its end, in one sentence; absent when it did not, or was interrupted. */
  readonly stopped?: string;
}

/** What a server spent, counted by the kernel over the measured run (`/proc/<pid>`, all its processes). */
export interface ServerCost {
  readonly cpuUsPerRequest: number;
  readonly userUsPerRequest: number;
  readonly systemUsPerRequest: number;
  readonly peakRssBytes: number;
  readonly peakThreads: number;
  readonly voluntarySwitchesPerRequest: number;
  readonly involuntarySwitchesPerRequest: number;
  /** `read`- plus `write`-like system calls; absent where the kernel does not tell. */
  readonly ioCallsPerRequest?: number;
}

/** The most that a candidate could reach by the operational laws, and how near it came. */
export interface TheoryBound {
  readonly boundRps: number;
  /** What bounds it: too few clients waiting, or too few cores. */
  readonly limit: 'clients' | 'cores';
  /** Measured / bound. */
  readonly share: number;
}

/** Something in which the candidates differ, besides what they are. */
export interface FairnessLine {
  readonly what: string;
  readonly values: readonly { readonly value: string; readonly candidates: readonly string[] }[];
}

/** One drive of one candidate: what a round contributes. Statistics count rounds, never requests. */
export interface RoundResult {
  /** 1 for the first round. */
  readonly round: number;
  readonly requests: number;
  readonly failed: number;
  readonly rps: number;
  readonly latency: LatencySummary;
  readonly cost?: ServerCost;
}

/** A step of the plan, all rounds together. */
export interface CompareStep {
  readonly name: string;
  readonly requests: number;
  readonly failed: number;
  /** Median over rounds. */
  readonly rps: number;
  readonly latency: LatencySummary;
  readonly errors: readonly ErrorCount[];
  readonly histogram: string;
}

export interface CompareCandidate {
  readonly id: string;
  /** All rounds together. */
  readonly requests: number;
  readonly failed: number;
  /** Median over rounds. */
  readonly rps: number;
  readonly bytesReceived: number;
  /** All rounds together: histograms merged by adding counts. */
  readonly latency: LatencySummary;
  /** Median over rounds, peaks excepted. Absent where the platform does not tell, or for a server that archbench did not start. */
  readonly cost?: ServerCost;
  readonly errors: readonly ErrorCount[];
  /** Of `latency`: HdrHistogram V2, compressed, base64. */
  readonly histogram: string;
  readonly steps: readonly CompareStep[];
  readonly rounds: readonly RoundResult[];
  /** Seconds of one typical round: the one whose rate is the median. */
  readonly series: readonly SecondResult[];
  /** The server's knobs and what they stood at. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly transport: string;
  /** The worst health card of all rounds. */
  readonly health: Health;
  /** Closed loop only. */
  readonly theory?: TheoryBound;
}

/** A figure by which candidates are compared; per request where that makes sense. */
export type MetricId = 'rps' | 'p50' | 'p90' | 'p99' | 'cpu' | 'switches' | 'ioCalls' | 'peakRss' | 'errors';

/** `faster` means better and `slower` worse, whatever the metric counts. */
export type Verdict = 'faster' | 'slower' | 'same' | 'inconclusive';

/** How one candidate differs from another in one metric, over the rounds of both. */
export interface Effect {
  readonly metric: MetricId;
  readonly candidate: string;
  readonly baseline: string;
  /** A step of the plan; absent for all steps together. */
  readonly step?: string;
  /** Pairs of rounds that were compared. */
  readonly rounds: number;
  /** Median over rounds of candidate / baseline - 1, in percent, and its 95 % confidence interval. */
  readonly percent: number;
  readonly lowPercent: number;
  readonly highPercent: number;
  /** Exact sign-flip permutation test over rounds, two-sided. */
  readonly p: number;
  /** Changes smaller than this are of no interest. */
  readonly minimumPercent: number;
  /** The smallest change that these rounds could have told from noise: the minimum and the interval's longer arm. */
  readonly detectablePercent: number;
  readonly verdict: Verdict;
}

/** A candidate's place; those that cannot be told apart share one. */
export interface Rank {
  readonly id: string;
  /** 1, 2, 2, 4, … */
  readonly rank: number;
}

/** The places of all candidates in one metric, the best first. */
export interface Ranking {
  readonly metric: MetricId;
  readonly ranks: readonly Rank[];
}

export interface CompareReport {
  readonly schemaVersion: 1;
  readonly kind: 'compare';
  readonly plan: { readonly path: string; readonly hash: string };
  readonly argv: readonly string[];
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly rounds: number;
  readonly seed: number;
  readonly environment: Environment;
  readonly candidates: readonly CompareCandidate[];
  /** What `effects` are relative to: the first candidate, unless the user said another. */
  readonly baseline: string;
  /** Every other candidate against the baseline. */
  readonly effects: readonly Effect[];
  /** The metric that decides the order of the table: throughput, or p99 in an open loop, where all are asked for the same. */
  readonly rankedBy: MetricId;
  readonly rankings: readonly Ranking[];
  readonly fairness: readonly FairnessLine[];
  /** A server against itself: every effect is noise. */
  readonly self: boolean;
  /** Candidates that could not run here, each with the reason. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
  readonly warnings: readonly string[];
  readonly partial: boolean;
}

export type Report = DrillReport | CompareReport;
