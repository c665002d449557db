import type { Backlog } from '../core/results.js';
import { Iteration } from './iteration.js';
import { Heartbeat, stopFor, type LoopOptions } from './loop.js';
import type { PreciseWait } from './precise-wait.js';

interface OpenLoopOptions extends LoopOptions {
  /** This generator's part. */
  readonly maxInFlight: number;
  readonly wait: PreciseWait;
  /** Moment of the clock at which half of the measured time is over. */
  readonly halfwayAt: number;
}

/**
 * Starts iterations when they are due, whether or not earlier ones have ended: the schedule is absolute, so a slow
 * server does not slow it down. Behind schedule, what is due starts at once, late; beyond `maxInFlight` it is
 * dropped. Resolves when the schedule is over and everything that was started has ended.
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<Backlog> {
  const { run, steps, schedule, state, maxInFlight, wait, halfwayAt, stop } = options;
  let halfway: number | undefined;
  let startedSince = 0;
  let idle: (() => void) | undefined;
  const start = async (dueAt: number): Promise<void> => {
    state.inFlight += 1;
    const iteration = new Iteration(run, schedule.number, dueAt);
    const startedAt = run.clock.now();
    try {
      for (const step of steps) {
        const pending = step(iteration);
        if (pending !== undefined) await pending;
        if (state.stopping) break;
      }
      if (!state.stopping) run.recorder.scenario(startedAt, run.clock.now());
    } catch (error) {
      stopFor(error, stop);
    }
    state.inFlight -= 1;
    if (state.inFlight === 0) idle?.();
  };
  const failures: unknown[] = [];
  let due = schedule.next(run.clock.now());
  using heartbeat = new Heartbeat(run.clock);
  while (due !== undefined && !state.stopping && failures.length === 0) {
    if (due > run.clock.now()) {
      await wait.until(due);
      continue;
    }
    if (due >= halfwayAt) {
      halfway ??= state.inFlight;
      startedSince += 1;
    }
    if (state.inFlight >= maxInFlight) run.recorder.dropped(due);
    else
      start(due).catch((error: unknown) => {
        failures.push(error);
        state.inFlight -= 1;
        if (state.inFlight === 0) idle?.();
      });
    const now = run.clock.now();
    if (heartbeat.isStarved(now)) await heartbeat.yield();
    due = schedule.next(now);
  }
  const end = state.inFlight;
  const { endsAt } = schedule;
  if (endsAt !== undefined && !state.stopping && failures.length === 0) await wait.until(endsAt);
  if (state.inFlight > 0) await new Promise<void>((resolve) => (idle = resolve));
  // A bug of ours, not of the network: the run cannot go on.
  if (failures.length > 0) throw new Error('a step failed in a way no step may', { cause: failures[0] });
  return { halfway: halfway ?? end, end, started: startedSince };
}
