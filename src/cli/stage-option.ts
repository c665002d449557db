import { UserError } from '../core/errors.js';
import { parseDurationMs, parseRate } from '../core/units.js';
import type { Stage } from '../drill/pacer.js';

const shape = `--stage expects rate=100/s,for=10s or concurrency=20,for=10s, and ramp=linear where it is a ramp`;

/** Reads `rate=100/s,for=10s,ramp=linear`: the keys of a stage in a plan. */
export function stage(text: string, before: readonly Stage[] = []): readonly Stage[] {
  const keys = new Map(
    text.split(',').map((part) => {
      const [key = '', ...value] = part.split('=');
      return [key.trim(), value.join('=').trim()] as const;
    }),
  );
  const wrong = (): UserError => new UserError(`${shape}, found '${text}'`);
  for (const key of keys.keys()) if (!['rate', 'concurrency', 'for', 'ramp'].includes(key)) throw wrong();
  const forMs = parseDurationMs(keys.get('for') ?? '');
  const of = keys.has('rate') ? 'rate' : 'concurrency';
  const target = of === 'rate' ? parseRate(keys.get('rate') ?? '') : wholeOrUndefined(keys.get('concurrency'));
  const ramp = keys.get('ramp') ?? 'none';
  if (forMs === undefined || forMs <= 0 || target === undefined || (ramp !== 'none' && ramp !== 'linear'))
    throw wrong();
  if (keys.has('rate') && keys.has('concurrency')) throw wrong();
  if (before.some((one) => one.of !== of))
    throw new UserError('--stage: all have a rate, or all have a concurrency: one load is open or closed');
  return [...before, { of, target, forMs, ramp }];
}

function wholeOrUndefined(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
