import { VariantFolder, type Variant } from '../core/variants.js';

/**
 * Says when iterations start. Pure: no clock, no state but its own settings, so its tests are tables.
 *
 * Closed loop: `concurrency` slots; a free slot asks when the next iteration is due and waits for that
 * moment. Open loop: the schedule alone decides; latency counts from the due time, whoever is late.
 */
export interface Pacer {
  readonly loop: 'closed' | 'open';
  /**
   * @param elapsedMs since the start of the run
   * @param started how many iterations have been started: the 0-based number of the one asked about
   * @returns when that iteration is due, in milliseconds since the start of the run (in the past or equal
   *   to `elapsedMs`: at once), or `done` when there is none
   */
  readonly next: (elapsedMs: number, started: number) => number | 'done';
  /** Closed loop with a changing number of slots: how many there are now. Absent: always the plan's `concurrency`. */
  readonly slots?: (elapsedMs: number) => number;
  /** How many iterations there will be, where that is known before the run. */
  readonly iterations?: number;
  /** How long the schedule is, where that is known before the run. */
  readonly durationMs?: number;
}

/** How much load, as the plan and the command line say it. */
export interface Load {
  readonly concurrency: number;
  readonly iterations: number;
  readonly rampMs: number;
}

/** A shape of load: a file of its own in `pacers/`, found by listing that folder. */
export interface PacerKind extends Variant {
  /** The pacer for a load, or `undefined` when the load asks for another kind. Exactly one kind answers. */
  readonly create: (load: Load) => Pacer | undefined;
}

export const pacers = new VariantFolder<PacerKind>(new URL('./pacers/', import.meta.url), 'load shape');
