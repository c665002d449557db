import type { Iteration } from './iteration.js';
import { StopRun, type Step } from './run.js';

/** The steps of one iteration, one after the other. `stop` is given why a step wants the whole run to end. */
export async function runIteration(
  iteration: Iteration,
  steps: readonly Step[],
  stop: (reason: StopRun) => void,
): Promise<void> {
  const { run } = iteration;
  const startedAt = run.clock.now();
  try {
    for (const step of steps) {
      const pending = step(iteration);
      if (pending !== undefined) await pending;
      if (run.stopping.aborted) return;
    }
  } catch (error) {
    if (!(error instanceof StopRun)) throw error;
    stop(error);
    return;
  }
  run.recorder.scenario(startedAt, run.clock.now());
}
