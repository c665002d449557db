import type { Iteration } from './iteration.js';
import { StopRun, type Step } from './run.js';

/**
 * The steps of one iteration, one after the other.
 * @param startedAt moment of the run's clock
 * @param stop is given why a step wants the whole run to end
 * @returns the moment of the run's clock at which it ended
 */
export async function runIteration(
  iteration: Iteration,
  steps: readonly Step[],
  startedAt: number,
  stop: (reason: StopRun) => void,
): Promise<number> {
  const { run } = iteration;
  try {
    for (const step of steps) {
      const pending = step(iteration);
      if (pending !== undefined) await pending;
      if (run.stopping.aborted) return run.clock.now();
    }
  } catch (error) {
    if (!(error instanceof StopRun)) throw error;
    stop(error);
    return run.clock.now();
  }
  const endedAt = run.clock.now();
  run.recorder.scenario(startedAt, endedAt);
  return endedAt;
}
