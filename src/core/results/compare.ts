import type { ErrorCount, Health, LatencySummary, RunRecord, SecondResult } from '../results.js';

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
  /** When it was its turn in the round: 1 for who was driven first. */
  readonly turn?: number;
  readonly requests: number;
  readonly failed: number;
  /** Successful requests per second. */
  readonly rps: number;
  readonly latency: LatencySummary;
  readonly cost?: ServerCost;
  /** Wall time of a fixed computation right before: how quick the machine was just then, others who used it included. */
  readonly paceMs?: number;
  /** Each step of the plan in this round. */
  readonly steps: readonly RoundStep[];
}

export interface RoundStep {
  readonly name: string;
  readonly requests: number;
  readonly failed: number;
  readonly rps: number;
  readonly latency: LatencySummary;
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
  /** Successful requests per second: median over rounds. */
  readonly rps: number;
  /** 95 % interval of that median, by bootstrap over rounds; absent with a single round. */
  readonly rpsLow?: number;
  readonly rpsHigh?: number;
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

/**
 * How often a comparison of equals may end in a difference in any of its metrics: so rarely that ten in a row seldom
 * hold one. (At 0.05 two of twenty did.)
 */
export const falseAlarms = 0.01;

/**
 * The fewest rounds that can give a verdict: the sign-flip test of fewer cannot reach {@link falseAlarms} after
 * correction for nine metrics (2 / 2^11 x 9 = 0.0088).
 */
export const leastRoundsForVerdict = 11;

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
  /** The same, corrected by Holm for all metrics that were looked at (in a regression check: for all gates). */
  readonly adjustedP: number;
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

/** A candidate that could not run here, and why. */
export interface SkippedCandidate {
  readonly id: string;
  readonly reason: string;
}

export interface CompareReport extends RunRecord {
  readonly kind: 'compare';
  readonly rounds: number;
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
  readonly skipped: readonly SkippedCandidate[];
  /** Why it ended before its end, when nobody interrupted it. */
  readonly stopped?: string;
}
