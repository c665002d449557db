import type { PacerKind } from '../pacer.js';

/**
 * drill's own load: `iterations` runs of the plan as fast as the slots allow. With a ramp, iteration i
 * starts no earlier than i / iterations of the ramp after the start of the RUN.
 *
 *     iteration  0    1    2 …  5       6 iterations, ramp 3 s
 *     due        0  0.5  1.0 … 2.5 s
 */
const iterations: PacerKind = {
  id: 'iterations',
  create: ({ iterations: count, rampMs, durationMs, ratePerSecond, stages }) => {
    if (count === undefined || durationMs !== undefined || ratePerSecond !== undefined || stages.length > 0)
      return undefined;
    return {
      loop: 'closed',
      iterations: count,
      next: (elapsedMs, started) => {
        if (started >= count) return 'done';
        return rampMs === 0 ? elapsedMs : (started * rampMs) / count;
      },
    };
  },
};

export default iterations;
