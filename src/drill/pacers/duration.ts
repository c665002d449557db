import type { PacerKind } from '../pacer.js';

/**
 * As many runs of the plan as the slots manage in a time: nothing new starts after it. With a ramp, the slots start
 * one after the other over its length.
 */
const duration: PacerKind = {
  id: 'duration',
  create: ({ durationMs, iterations = Number.POSITIVE_INFINITY, concurrency, rampMs, ratePerSecond, stages }) => {
    if (durationMs === undefined || ratePerSecond !== undefined || stages.length > 0) return undefined;
    return {
      loop: 'closed',
      next: (elapsedMs, started) => {
        const due = started < concurrency ? (started * rampMs) / concurrency : 0;
        const at = Math.max(elapsedMs, due);
        return at >= durationMs || started >= iterations ? 'done' : at;
      },
    };
  },
};

export default duration;
