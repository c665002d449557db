import type { Run, Step, StopRun } from './run.js';
import type { Schedule } from './schedule.js';

/** What a loop changes while it runs, for whoever watches. */
export interface LoopState {
  /** Iterations on their way. */
  inFlight: number;
}

/** What both loops run. */
export interface LoopOptions {
  readonly run: Run;
  readonly steps: readonly Step[];
  readonly schedule: Schedule;
  readonly state: LoopState;
  /** Is given why a step wants the whole run to end. */
  readonly stop: (reason: StopRun) => void;
}
