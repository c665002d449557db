import { UserError } from '../../core/errors.js';
import { durationText } from '../../core/units.js';

/** How much more than was asked for may be brought. */
const mostTooMuch = 0.05;

/**
 * Rates are whole numbers of iterations a second. An open loop starts one iteration at the beginning of each interval of its rate: a step that holds 1.2 of them brings
 * two, and would show another rate than the one that was asked for.
 * @throws {UserError}
 */
export function checkStepLength(stepMs: number, ratePerSecond: number): void {
  const intervals = (stepMs * ratePerSecond) / 1000;
  const started = Math.ceil(intervals);
  if (started <= intervals * (1 + mostTooMuch)) return;
  const shownPerSecond = (started / stepMs) * 1000;
  throw new UserError(
    `--step ${durationText(stepMs)} is too short for ${ratePerSecond}/s: ${started} in it would be ${shownPerSecond.toPrecision(2)}/s`,
    { hint: 'whole seconds hold whole intervals: --step 1s' },
  );
}
