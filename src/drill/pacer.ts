import { VariantFolder, type Variant } from '../core/variants.js';

/**
 * Says when iterations start. Pure: no clock, no state but what follows from its settings, so its tests are tables.
 *
 * Closed loop: `concurrency` slots; a free slot asks when the next iteration is due and waits for that
 * moment. Open loop: the schedule alone decides; latency counts from the due time, whoever is late.
 */
export interface Pacer {
  readonly loop: 'closed' | 'open';
  /**
   * @param elapsedMs since the start of the run
   * @param started how many iterations have been started: the 0-based number of the one asked about. Asked for in
   *   ascending order, but not for every number: several generators share one schedule
   * @returns when that iteration is due, in milliseconds since the start of the run (in the past or equal
   *   to `elapsedMs`: at once), or `done` when there is none
   */
  readonly next: (elapsedMs: number, started: number) => number | 'done';
  /** Closed loop with a changing number of slots: how many there are now. Absent: always the load's `concurrency`. */
  readonly slots?: (elapsedMs: number) => number;
  /**
   * When it is over, in milliseconds since the start of the run: with `slots`, and in an open loop, which lasts as long as
   * its rate says, however quickly its last iteration is answered. Absent where only the iterations say it.
   */
  readonly endMs?: number;
  /** How many iterations there will be, where that is known before the run. */
  readonly iterations?: number;
}

/** A part of a load that changes over time. */
export interface Stage {
  readonly of: 'rate' | 'concurrency';
  /** Iterations per second, or iterations at once: at the end of the stage. */
  readonly target: number;
  readonly forMs: number;
  /** Whether the target holds from the start of the stage, or is reached in a straight line from the last one. */
  readonly ramp: 'none' | 'linear';
}

/** How much load, as the plan and the command line say it. */
export interface Load {
  /** Closed loop: iterations at once. */
  readonly concurrency: number;
  /** How many iterations there are at most; `undefined`: as many as there is time for. */
  readonly iterations: number | undefined;
  readonly rampMs: number;
  readonly durationMs: number | undefined;
  /** Open loop: iterations per second over all connections. */
  readonly ratePerSecond: number | undefined;
  readonly arrival: 'constant' | 'poisson';
  readonly stages: readonly Stage[];
  /** The same load for that long before anything counts. */
  readonly warmupMs: number;
  /** Open loop: an iteration that is due while so many are on their way is dropped, and counted. */
  readonly maxInFlight: number;
}

/** A shape of load: a file of its own in `pacers/`, found by listing that folder. */
export interface PacerKind extends Variant {
  /**
   * The pacer for a load, or `undefined` when the load asks for another kind. Exactly one kind answers.
   * @param seed what all chance follows from
   */
  readonly create: (load: Load, seed: number) => Pacer | undefined;
}

export const pacers = new VariantFolder<PacerKind>(new URL('./pacers/', import.meta.url), 'load shape');

/** The pacer that a load asks for. */
export async function pacerFor(load: Load, seed: number): Promise<Pacer> {
  for (const kind of await pacers.all()) {
    const pacer = kind.create(load, seed);
    if (pacer !== undefined) return pacer;
  }
  throw new Error('no pacer for this load');
}

/** The load of the warm-up: as the run begins, for as long as the warm-up takes. */
export function warmUpOf(load: Load): Load {
  const [first] = load.stages;
  const start = first === undefined || first.ramp === 'linear' ? 1 : Math.max(1, first.target);
  return {
    ...load,
    iterations: undefined,
    rampMs: 0,
    durationMs: load.warmupMs,
    stages: [],
    ...(first?.of === 'rate' ? { ratePerSecond: start } : {}),
    ...(first?.of === 'concurrency' ? { concurrency: start } : {}),
  };
}
