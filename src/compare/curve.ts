import type { SweepPoint } from '../core/results.js';
import { isSound } from '../core/sweep-points.js';

/**
 * The knee of a curve: the load at which throughput over response time, Kleinrock's power, is highest. Below it there
 * is throughput to be had, above it there is mostly waiting. Where it is the highest load of all nobody knows what comes
 * above it: then there is none.
 *
 * L. Kleinrock, Power and Deterministic Rules of Thumb for Probabilistic Problems in Computer Communications,
 * ICC 1979.
 */
export function kneeOf(points: readonly SweepPoint[]): number | undefined {
  const known = points.filter((point) => isSound(point) && power(point) > 0);
  const best = known.toSorted((a, b) => power(b) - power(a))[0];
  return best === known.at(-1) ? undefined : best?.load;
}

function power({ rps, latency }: SweepPoint): number {
  return latency.meanUs > 0 ? rps / latency.meanUs : 0;
}
