import { Iteration } from './iteration.js';
import { Heartbeat, stopFor, type LoopOptions } from './loop.js';
import type { Run } from './run.js';
import { partOf, type Share } from './share.js';

interface ClosedLoopOptions extends LoopOptions {
  /** Iterations at once over all generators, where that never changes. */
  readonly concurrency: number;
  readonly share: Share;
  /** Whether clients wait a little while nobody takes their connections: a time would else be millions of attempts. */
  readonly backsOff: boolean;
}

const longestBackOffMs = 100;

/** No wait for the first refusal of each slot, then 10, 20, 40, 80 and 100 ms. */
function backOffMs(refusedInARow: number, slots: number): number {
  const rounds = Math.floor(refusedInARow / Math.max(1, slots));
  return rounds === 0 ? 0 : Math.min(longestBackOffMs, 5 * 2 ** rounds);
}

/** How often a changing number of slots is looked at. */
const slotCheckMs = 20;

/**
 * Runs iterations in a closed loop: slots, each starting the next iteration when its last one has ended. Numbers are
 * given out in ascending order. Resolves when every slot has ended.
 */
export async function runClosedLoop(options: ClosedLoopOptions): Promise<void> {
  const { run, steps, schedule, concurrency, share, backsOff, state, stop } = options;
  const slotsNow = (): number => partOf(schedule.slots(run.clock.now()) ?? concurrency, share);
  const slots = { open: 0, over: false };
  using heartbeat = new Heartbeat(run.clock);
  const slot = async (): Promise<void> => {
    let now = run.clock.now();
    while (!state.stopping) {
      const due = schedule.next(now);
      if (due === undefined) {
        slots.over = true;
        break;
      }
      const { number } = schedule;
      // Less than a microsecond is the rounding of a sum, not a wait.
      if (due - now > 0.001) {
        if (!(await slept(run, due - now))) break;
        now = run.clock.now();
      }
      state.inFlight += 1;
      const iteration = new Iteration(run, number);
      let whole = true;
      try {
        // Not a function of its own: a promise more for each iteration is a twentieth of what a request costs.
        for (const step of steps) {
          const pending = step(iteration);
          if (pending !== undefined) await pending;
          if (state.stopping) {
            whole = false;
            break;
          }
        }
      } catch (error) {
        whole = false;
        stopFor(error, stop);
      }
      const endedAt = run.clock.now();
      if (whole) run.recorder.scenario(now, endedAt);
      now = endedAt;
      state.inFlight -= 1;
      if (heartbeat.isStarved(now)) await heartbeat.yield();
      if (run.recorder.refusedInARow > 0 && backsOff) {
        await slept(run, backOffMs(run.recorder.refusedInARow, slots.open));
        now = run.clock.now();
      }
      if (schedule.hasSlots && slots.open > slotsNow()) break;
    }
    slots.open -= 1;
  };
  const started: Promise<void>[] = [];
  const fill = (): void => {
    const wanted = slotsNow();
    // Counted before it starts: a slot may end at once, and must not be opened anew for ever.
    while (slots.open < wanted && !slots.over && !state.stopping) {
      slots.open += 1;
      started.push(slot());
    }
  };
  fill();
  while (schedule.hasSlots && !schedule.isOver(run.clock.now()) && (await slept(run, slotCheckMs))) fill();
  await Promise.all(started);
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
