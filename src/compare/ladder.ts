import { UserError } from '../core/errors.js';
import { maxConcurrency, maxRatePerSecond } from '../core/load-limits.js';
import type { LoadKind } from '../core/results.js';
import { parseCount } from '../core/units.js';

/** The loads that a sweep climbs. */
export interface Ladder {
  readonly vary: LoadKind;
  /** Rising, at least two. */
  readonly loads: readonly number[];
}

const highest: Readonly<Record<LoadKind, number>> = { concurrency: maxConcurrency, rate: maxRatePerSecond };
/** More rungs than anybody reads. */
const mostRungs = 64;

/**
 * The ladder in a text: `concurrency=1..512` doubles from end to end, `rate=100,500,2k` names each rung.
 * @throws {UserError}
 */
export function parseLadder(text: string): Ladder {
  const match = /^(concurrency|rate)=(.+)$/.exec(text.trim());
  if (match === null)
    throw new UserError(`--vary expects concurrency=1..512, rate=100..10k or concurrency=1,8,64, found '${text}'`);
  const [, vary, rungs = ''] = match;
  const range = /^([^,]+)\.\.([^,]+)$/.exec(rungs);
  const loads =
    range === null ? rungs.split(',').map(loadOf) : doubling(loadOf(range[1] ?? ''), loadOf(range[2] ?? ''));
  const [kind, most] = [vary as LoadKind, highest[vary as LoadKind]];
  const largest = Math.max(...loads);
  if (largest > most) throw new UserError(`--vary: ${kind} ${largest} is more than the ${most} that there may be`);
  const rising = [...new Set(loads)].toSorted((a, b) => a - b);
  if (rising.length < 2 || rising.length > mostRungs)
    throw new UserError(`--vary needs between 2 and ${mostRungs} loads, '${rungs}' has ${rising.length}`);
  return { vary: kind, loads: rising };
}

function loadOf(text: string): number {
  const load = parseCount(text.replace(/\/s$/, ''));
  if (load !== undefined && load >= 1) return load;
  throw new UserError(`--vary: '${text}' is no load, expected a whole number from 1`);
}

/** 1 2 4 8 … and the end itself. */
function doubling(from: number, to: number): number[] {
  if (from > to) throw new UserError(`--vary: ${from}..${to} goes down`);
  const loads: number[] = [];
  for (let load = from; load < to; load *= 2) loads.push(load);
  return [...loads, to];
}
