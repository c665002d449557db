import type { Pacer } from './pacer.js';
import type { Share } from './share.js';

/** A pacer from a moment of the clock on. */
interface Phase {
  readonly pacer: Pacer;
  readonly startsAt: number;
}

interface ScheduleOptions {
  readonly pacer: Pacer;
  /** Moment of the clock at which the warm-up begins, or the run when there is none. */
  readonly startsAt: number;
  readonly warmUp: { readonly pacer: Pacer; readonly ms: number } | undefined;
  readonly share: Share;
}

/**
 * When this generator's iterations start: the warm-up, then the run, without a break between them. Of the pacer's
 * iterations it takes every `share.of`-th.
 */
export class Schedule {
  /** Moment of the clock from which requests count. */
  readonly measureFrom: number;
  /** Number of the iteration that `next` gave last: no other iteration has it, on no generator. */
  number = 0;
  readonly #phases: readonly Phase[];
  readonly #share: Share;
  #phase = 0;
  #takenInPhase = 0;
  #taken = 0;

  constructor({ pacer, startsAt, warmUp, share }: ScheduleOptions) {
    this.measureFrom = startsAt + (warmUp?.ms ?? 0);
    const main = { pacer, startsAt: this.measureFrom };
    this.#phases = warmUp === undefined ? [main] : [{ pacer: warmUp.pacer, startsAt }, main];
    this.#share = share;
  }

  /** Takes the next iteration: the moment of the clock at which it is due, `undefined` when there is none. */
  next(now: number): number | undefined {
    const { index, of } = this.#share;
    for (let phase = this.#phases[this.#phase]; phase !== undefined; phase = this.#phases[this.#phase]) {
      const due = phase.pacer.next(now - phase.startsAt, index + of * this.#takenInPhase);
      if (due !== 'done') {
        this.number = index + of * this.#taken;
        this.#takenInPhase += 1;
        this.#taken += 1;
        return phase.startsAt + due;
      }
      this.#phase += 1;
      this.#takenInPhase = 0;
    }
    return undefined;
  }

  /** How many slots all generators together have now; `undefined` when that never changes. */
  slots(now: number): number | undefined {
    const phase = this.#phases[this.#phase];
    return phase?.pacer.slots?.(now - phase.startsAt);
  }

  /** Whether the number of slots changes. */
  get hasSlots(): boolean {
    return this.#phases.some(({ pacer }) => pacer.slots !== undefined);
  }

  /** Moment of the clock at which it is over; `undefined` where only its iterations say it. */
  get endsAt(): number | undefined {
    const last = this.#phases.at(-1);
    return last?.pacer.endMs === undefined ? undefined : last.startsAt + last.pacer.endMs;
  }

  /** Whether no more slots will be needed. */
  isOver(now: number): boolean {
    return now >= (this.endsAt ?? Number.POSITIVE_INFINITY);
  }
}
