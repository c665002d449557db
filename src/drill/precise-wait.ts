import { setImmediate } from 'node:timers/promises';
import type { Run } from './run.js';

/** Timers fire up to so much late: further away than this they are good enough to get near. */
const coarseMs = 3;

/** A turn of the event loop that took less has done nothing. */
const emptyTurnMs = 0.02;

/**
 * Waits for moments of the run's clock to within microseconds: by a timer while the moment is far, then by going
 * round the event loop, in which the transport blocks the thread precisely (`wakeAt`) where it can.
 */
export class PreciseWait {
  /** Processor time that went into waiting: the thread would have had it for work. */
  spunMs = 0;
  readonly #run: Pick<Run, 'clock' | 'transport' | 'stopping'>;

  constructor(run: Pick<Run, 'clock' | 'transport' | 'stopping'>) {
    this.#run = run;
  }

  /** Resolves at that moment; earlier when the run is told to stop. */
  async until(moment: number): Promise<void> {
    const { clock, transport, stopping } = this.#run;
    let now = clock.now();
    const farMs = moment - now - coarseMs;
    if (farMs > 0) {
      await clock.sleep(farMs, stopping).catch(() => undefined);
      now = clock.now();
    }
    transport.wakeAt?.(moment);
    while (now < moment && !stopping.aborted) {
      await setImmediate();
      const after = clock.now();
      if (after - now < emptyTurnMs) this.spunMs += after - now;
      now = after;
    }
    transport.wakeAt?.(undefined);
  }
}
