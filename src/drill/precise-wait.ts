import { setImmediate } from 'node:timers/promises';
import type { Run } from './run.js';

/** Timers fire up to so much late: further away than this they are good enough to get near. */
const coarseMs = 3;

/**
 * Waits for moments of the run's clock to within microseconds: by a timer while the moment is far, then by going
 * round the event loop, in which the transport blocks the thread precisely (`wakeAt`) where it can.
 */
export function preciseWait({ clock, transport, stopping }: Run): (moment: number) => Promise<void> {
  return async (moment) => {
    const farMs = moment - clock.now() - coarseMs;
    if (farMs > 0) await clock.sleep(farMs, stopping).catch(() => undefined);
    transport.wakeAt?.(moment);
    while (clock.now() < moment && !stopping.aborted) await setImmediate();
  };
}
