import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { PacerKind } from '../pacer.js';

/**
 * Open loop with random arrivals: many independent users, who come at a rate but not in step. The gaps between
 * arrivals are exponentially distributed with the mean 1 / rate, and follow from the seed alone.
 */
const poisson: PacerKind = {
  id: 'poisson',
  create: ({ ratePerSecond, arrival, durationMs, iterations, stages }, seed) => {
    if (ratePerSecond === undefined || arrival !== 'poisson' || stages.length > 0) return undefined;
    const endMs = durationMs ?? Number.POSITIVE_INFINITY;
    const count = iterations ?? Number.POSITIVE_INFINITY;
    const random = xoroshiro128plus(seed);
    // The sum of all gaps up to an arrival; since numbers come in ascending order, the last sum is all to remember.
    let arrived = -1;
    let due = 0;
    return {
      loop: 'open',
      ...(durationMs === undefined ? {} : { endMs }),
      ...(iterations === undefined || durationMs !== undefined ? {} : { iterations }),
      next: (_elapsedMs, started) => {
        for (; arrived < started; arrived += 1) due -= Math.log(1 - uniformFloat64(random)) * (1000 / ratePerSecond);
        return due >= endMs || started >= count ? 'done' : due;
      },
    };
  },
};

export default poisson;
