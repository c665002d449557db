import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../core/clock.js';
import { StopRun, type Run, type Step } from './run.js';
import type { Schedule } from './schedule.js';

/** What a loop changes while it runs, for whoever watches. */
export interface LoopState {
  /** Iterations on their way. */
  inFlight: number;
  /** Nothing new may begin: what `run.stopping` says, at a tenth of its price. */
  stopping: boolean;
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

/** What a step has thrown: a wish to end the whole run, or a bug. */
export function stopFor(error: unknown, stop: (reason: StopRun) => void): void {
  if (!(error instanceof StopRun)) throw error;
  stop(error);
}

/** How long iterations that never wait for anything may keep everybody else waiting. */
const maxStarvedMs = 20;
const beatMs = 10;

/**
 * Keeps the event loop turning. Iterations whose steps wait for nothing (a plan that only assigns, requests that
 * cannot be sent) go on in microtasks, and timers, signals and the network would never have their turn.
 */
export class Heartbeat implements Disposable {
  readonly #clock: Clock;
  readonly #timer: NodeJS.Timeout;
  #lastAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastAt = clock.now();
    this.#timer = setInterval(() => {
      this.#lastAt = this.#clock.now();
    }, beatMs);
    this.#timer.unref();
  }

  /** Whether it is time to `yield`. */
  isStarved(now: number): boolean {
    return now - this.#lastAt > maxStarvedMs;
  }

  /** Lets everybody else have their turn. */
  async yield(): Promise<void> {
    await nextTurn();
    this.#lastAt = this.#clock.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
