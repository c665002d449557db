import { UserError } from '../../core/errors.js';
import { durationText, formatCount } from '../../core/units.js';

/** How much more than was asked for may be brought. */
const mostTooMuch = 0.05;

/**
 * Whether a step brings the rate that is asked for. An open loop starts one iteration at the beginning of each interval of
 * its rate: where a step holds 1.2 of them, two start. Rates are whole numbers of iterations a second.
 */
export function holdsIntervals(stepMs: number, ratePerSecond: number): boolean {
  const intervals = (stepMs * ratePerSecond) / 1000;
  return Math.ceil(intervals) <= intervals * (1 + mostTooMuch);
}

/** @throws {UserError} for a step that would show another rate than the one that was asked for */
export function checkStepLength(stepMs: number, ratePerSecond: number): void {
  if (holdsIntervals(stepMs, ratePerSecond)) return;
  const started = Math.ceil((stepMs * ratePerSecond) / 1000);
  const shownPerSecond = (started / stepMs) * 1000;
  throw new UserError(
    `--step ${durationText(stepMs)} is too short for ${ratePerSecond}/s: ${started} in it would be ${formatCount(shownPerSecond)}/s`,
    { hint: 'whole seconds hold whole intervals: --step 1s' },
  );
}
