import { Iteration } from './iteration.js';
import type { Pacer } from './pacer.js';
import { StopRun, type Run, type Step } from './run.js';

interface RunnerOptions {
  readonly run: Run;
  readonly steps: readonly Step[];
  readonly pacer: Pacer;
  /** Iterations at once. */
  readonly concurrency: number;
  /** When the run began, on its clock. */
  readonly startedAt: number;
  /** Is given why a step wants the whole run to end. */
  readonly stop: (reason: StopRun) => void;
}

/**
 * Runs iterations in a closed loop: `concurrency` slots, each starting the next iteration when its last one has
 * ended. Numbers are given out in ascending order. Resolves when every slot has ended.
 */
export async function runClosedLoop(options: RunnerOptions): Promise<void> {
  const { run, steps, pacer, concurrency, startedAt } = options;
  let started = 0;
  const slot = async (): Promise<void> => {
    while (!run.stopping.aborted) {
      const now = run.clock.now();
      const due = pacer.next(now - startedAt, started);
      if (due === 'done') return;
      const number = started;
      started += 1;
      const waitMs = startedAt + due - now;
      if (waitMs > 0 && !(await slept(run, waitMs))) return;
      const iteration = new Iteration(run, number);
      await runIteration(iteration, steps, options);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, slot));
}

/** The steps of one iteration, one after the other. */
async function runIteration(iteration: Iteration, steps: readonly Step[], options: RunnerOptions): Promise<void> {
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
    options.stop(error);
    return;
  }
  run.recorder.scenario(startedAt, run.clock.now());
}

/** Waits; false when the run was told to stop meanwhile. */
async function slept(run: Run, ms: number): Promise<boolean> {
  try {
    await run.clock.sleep(ms, run.stopping);
    return true;
  } catch (error) {
    if (run.stopping.aborted) return false;
    throw error;
  }
}
