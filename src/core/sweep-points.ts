import { failsMoreThanSomebody } from './failures.js';
import type { SweepCurve, SweepPoint } from './results.js';

/** Whether a point is what the server does under its load, and anything at all. */
export function isSound({ requests, failed, health }: SweepPoint): boolean {
  return requests > failed && health.verdict !== 'INVALID';
}

/** The points of all candidates under a load, as far as they can be believed. */
export function soundAt(curves: readonly SweepCurve[], load: number): readonly SweepPoint[] {
  return curves.flatMap(({ points }) => points.filter((point) => point.load === load && isSound(point)));
}

/** Those of them that compete: who fails more than another did less work, and no better figure of it counts. */
export function contendersAt(curves: readonly SweepCurve[], load: number): readonly SweepPoint[] {
  const sound = soundAt(curves, load);
  return sound.filter((point) => !failsMoreThanSomebody(point, sound));
}
