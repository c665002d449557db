import type { PacerKind } from '../pacer.js';

/** Open loop at a constant rate: iteration i is due i / rate after the start, whatever the server does. */
const constantRate: PacerKind = {
  id: 'constant-rate',
  create: ({ ratePerSecond, arrival, durationMs, iterations, stages }) => {
    if (ratePerSecond === undefined || arrival !== 'constant' || stages.length > 0) return undefined;
    const count = iterations ?? Number.POSITIVE_INFINITY;
    const endMs = Math.min(durationMs ?? Number.POSITIVE_INFINITY, (count * 1000) / ratePerSecond);
    return {
      loop: 'open',
      endMs,
      ...(iterations === undefined || durationMs !== undefined ? {} : { iterations }),
      next: (_elapsedMs, started) => {
        const due = (started * 1000) / ratePerSecond;
        return due >= endMs || started >= count ? 'done' : due;
      },
    };
  },
};

export default constantRate;
