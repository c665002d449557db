import type { MetricId, RoundResult } from '../core/results.js';

/** One figure of a round by which candidates are compared. */
export interface Metric {
  readonly id: MetricId;
  readonly better: 'higher' | 'lower';
  /** How two values are set against each other: as a ratio in percent, or (errors: often zero) as a difference in points. */
  readonly scale: 'ratio' | 'points';
  /**
   * Smaller changes are of no interest, and are what two identical servers show on a quiet machine: timing metrics
   * 5 %, CPU time 2 %, system calls 1 %, errors half a point.
   */
  readonly minimumPercent: number;
  /** `undefined` where it was not measured. */
  readonly of: (round: RoundResult) => number | undefined;
}

const latencyOf =
  (key: 'p50Us' | 'p90Us' | 'p99Us') =>
  ({ requests, failed, latency }: RoundResult): number | undefined =>
    requests > failed ? latency[key] : undefined;

const switchesOf = ({ cost }: RoundResult): number | undefined =>
  cost && cost.voluntarySwitchesPerRequest + cost.involuntarySwitchesPerRequest;

const failedPercent = ({ requests, failed }: RoundResult): number | undefined =>
  requests === 0 ? undefined : (failed / requests) * 100;

export const metrics: readonly Metric[] = [
  { id: 'rps', better: 'higher', scale: 'ratio', minimumPercent: 5, of: ({ rps }) => rps },
  { id: 'p50', better: 'lower', scale: 'ratio', minimumPercent: 5, of: latencyOf('p50Us') },
  { id: 'p90', better: 'lower', scale: 'ratio', minimumPercent: 5, of: latencyOf('p90Us') },
  { id: 'p99', better: 'lower', scale: 'ratio', minimumPercent: 5, of: latencyOf('p99Us') },
  { id: 'cpu', better: 'lower', scale: 'ratio', minimumPercent: 2, of: ({ cost }) => cost?.cpuUsPerRequest },
  { id: 'switches', better: 'lower', scale: 'ratio', minimumPercent: 5, of: switchesOf },
  { id: 'ioCalls', better: 'lower', scale: 'ratio', minimumPercent: 1, of: ({ cost }) => cost?.ioCallsPerRequest },
  { id: 'peakRss', better: 'lower', scale: 'ratio', minimumPercent: 5, of: ({ cost }) => cost?.peakRssBytes },
  { id: 'errors', better: 'lower', scale: 'points', minimumPercent: 0.5, of: failedPercent },
];
