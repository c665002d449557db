import { UserError } from '../core/errors.js';
import { maxConcurrency, maxRatePerSecond } from '../core/load-limits.js';
import { parseDurationMs, parseRate } from '../core/units.js';
import type { Stage } from '../drill/pacer.js';

const shape = `--stage expects rate=100/s,for=10s or concurrency=20,for=10s, and ramp=linear where it is a ramp`;

/** Reads `rate=100/s,for=10s,ramp=linear`: the keys of a stage in a plan. */
export function stage(text: string, before: readonly Stage[] = []): readonly Stage[] {
  const { rate, concurrency, for: time, ramp = 'none' } = valuesOf(text);
  const of = rate === undefined ? 'concurrency' : 'rate';
  const target = rate ?? concurrency;
  if (target === undefined || time === undefined || (rate !== undefined && concurrency !== undefined))
    throw new UserError(`${shape}, found '${text}'`);
  if (before.some((one) => one.of !== of))
    throw new UserError('--stage: all have a rate, or all have a concurrency: one load is open or closed');
  const read = of === 'rate' ? rateOf : concurrencyOf;
  return [...before, { of, target: read(target), forMs: timeOf(time), ramp: rampOf(ramp) }];
}

const keys = ['rate', 'concurrency', 'for', 'ramp'] as const;

function valuesOf(text: string): { readonly [K in (typeof keys)[number]]?: string } {
  const values: { [K in (typeof keys)[number]]?: string } = {};
  for (const part of text.split(',')) {
    const [name = '', ...rest] = part.split('=');
    const key = keys.find((known) => known === name.trim());
    if (key === undefined) throw new UserError(`${shape}, found '${text}'`);
    const value = rest.join('=').trim();
    if (values[key] !== undefined)
      throw new UserError(`--stage: '${key}' is given twice: '${values[key]}' and '${value}'`);
    values[key] = value;
  }
  return values;
}

function rateOf(text: string): number {
  return parseRate(text) ?? wrong('rate', `a rate such as 500/s or 30/m, at most ${maxRatePerSecond}/s`, text);
}

function concurrencyOf(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= maxConcurrency) return Number(text);
  return wrong('concurrency', `a whole number from 0 to ${maxConcurrency}`, text);
}

/** In milliseconds. */
function timeOf(text: string): number {
  const ms = parseDurationMs(text) ?? 0;
  return ms > 0 ? ms : wrong('for', 'a duration above 0 such as 500ms, 5s or 2m', text);
}

function rampOf(text: string): Stage['ramp'] {
  return text === 'none' || text === 'linear' ? text : wrong('ramp', 'none or linear', text);
}

function wrong(key: (typeof keys)[number], expected: string, found: string): never {
  throw new UserError(`--stage: '${key}': expected ${expected}, found '${found}'`);
}
