import type { DrillReport } from '../core/results.js';

/** Something to compare: a server that is started afresh for every round, or one that runs already. */
export interface Candidate {
  /** Its name in the report. */
  readonly id: string;
  /** Starts it and resolves when it answers. A candidate that runs already only says where. */
  readonly start: (signal: AbortSignal) => Promise<RunningCandidate>;
}

export interface RunningCandidate {
  /** `http://127.0.0.1:8080`: what the plan's relative URLs are appended to. */
  readonly base: string;
  /** The process whose cost is counted, with its children; absent for a server that archbench did not start. */
  readonly pid?: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Ends it and its children. Never rejects, may be called twice. */
  readonly close: () => Promise<void>;
}

/**
 * Runs the plan once against `base`, warm-up first. Aborting gives a partial report, never a rejection.
 * @param onRunning called when the load begins, its warm-up included
 */
export type Drive = (base: string, signal: AbortSignal, onRunning?: () => void) => Promise<DrillReport>;
