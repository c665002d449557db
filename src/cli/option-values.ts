import { UserError } from '../core/errors.js';
import { transports } from '../drill/transport.js';
import { formatDurationUs, parseCount, parseDurationMs } from '../core/units.js';

// Readers of option values for commander: each refuses a wrong text in one sentence.

export function wholeNumber(option: string, least: number, most = Number.POSITIVE_INFINITY): (text: string) => number {
  const range = Number.isFinite(most) ? `${least} to ${most}` : `${least}`;
  return (text) => {
    const value = parseCount(text);
    if (value !== undefined && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new UserError(`${option} expects a whole number from ${range}, found '${text}'`);
  };
}

/** Of a transport, or `auto`. */
export function transportId(id: string): string {
  if (id === 'auto' || transports.has(id)) return id;
  throw transports.unknown(id, ['auto']);
}

/** In milliseconds. */
export function duration(option: string): (text: string) => number {
  return (text) => {
    const ms = parseDurationMs(text);
    if (ms !== undefined) return ms;
    throw new UserError(`${option} expects a duration such as 500ms, 5s or 2m, found '${text}'`);
  };
}

/** In milliseconds, `leastMs` or more. */
export function durationFrom(option: string, leastMs: number): (text: string) => number {
  const parse = duration(option);
  return (text) => {
    const ms = parse(text);
    if (ms >= leastMs) return ms;
    throw new UserError(`${option} expects ${formatDurationUs(leastMs * 1e3)} or more, found '${text}'`);
  };
}

const longestGraceMs = 24 * 3600e3;

/** How long what is in flight may take when all is to end, in milliseconds. */
export function parseGraceMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms <= longestGraceMs) return ms;
  throw new UserError(`--grace expects a duration such as 5s or 500ms, at most 24h, found '${text}'`);
}

/** An option that may be given again and again. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
