import type { Clock } from '../core/clock.js';
import type { DrillReport, ServerCost } from '../core/results.js';
import type { Drive, RunningCandidate } from './candidate.js';
import { CostMeter } from './cost-meter.js';
import { type ProcessSource, hasEnded } from './process-tree.js';

export interface MeasureOptions {
  /** How long the drive warms up before it counts. */
  readonly warmupMs: number;
  readonly clock: Clock;
  /** Where the cost of servers is read. */
  readonly processes?: ProcessSource;
  readonly signal: AbortSignal;
  /** The warm-up is over. */
  readonly onMeasuring?: () => void;
}

export interface Measured {
  readonly report: DrillReport;
  readonly cost?: ServerCost;
  /** The process was gone after the drive. */
  readonly serverEnded: boolean;
}

/**
 * Drives a server once and counts what that costs it, from the end of the warm-up on:
 *
 *     drive   |── warm-up ──|──────── counts ────────|
 *     meter                 |──────── counts ────────|
 *
 * Warm-up and measurement share their connections, so that nobody is measured while connections are made, threads
 * started and code compiled.
 */
export async function measure(server: RunningCandidate, drive: Drive, options: MeasureOptions): Promise<Measured> {
  const { warmupMs, clock, processes, signal, onMeasuring } = options;
  const over = new AbortController();
  let meter: CostMeter | undefined;
  const startMeter = async (): Promise<void> => {
    await clock.sleep(warmupMs, over.signal).catch(() => undefined);
    if (over.signal.aborted) return;
    onMeasuring?.();
    if (server.pid !== undefined) meter = CostMeter.start(server.pid, clock, processes);
  };
  try {
    const report = await drive(server.base, signal, () => void startMeter());
    const cost = meter?.stop(report.total.requests);
    const serverEnded = server.pid !== undefined && hasEnded(server.pid, processes?.proc);
    return { report, serverEnded, ...(cost === undefined ? {} : { cost }) };
  } finally {
    over.abort();
    meter?.cancel();
  }
}
