import { maxRatePerSecond } from './load-limits.js';

const msPerUnit = { us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 60e3, min: 60e3, h: 3600e3 } as const;

export const durationPattern = /^(\d+(?:\.\d+)?|\.\d+)\s*(us|µs|ms|s|min|m|h)?$/;

/**
 * Milliseconds in a text such as `250ms`, `2s`, `1.5m`, `1h`; a bare number counts in `bareUnit`.
 * `undefined` when the text is no duration.
 */
export function parseDurationMs(text: string, bareUnit: keyof typeof msPerUnit = 's'): number | undefined {
  const match = durationPattern.exec(text.trim());
  if (match === null) return undefined;
  const unit = (match[2] ?? bareUnit) as keyof typeof msPerUnit;
  return Number(match[1]) * msPerUnit[unit];
}

/** The shortest text that means so many milliseconds: `500ms`, `90s`, `1m`. */
export function durationText(ms: number): string {
  const unit = (['h', 'm', 's'] as const).find((each) => ms > 0 && ms % msPerUnit[each] === 0) ?? 'ms';
  return `${ms / msPerUnit[unit]}${unit}`;
}

/** The whole number in a text such as `500`, `10k`, `1.5M`, `10_000`; `undefined` when it is none. */
export function parseCount(text: string): number | undefined {
  const match = /^(\d+(?:_\d+)*(?:\.\d+)?)\s*([kKmM])?$/.exec(text.trim());
  if (match === null) return undefined;
  const factor = { k: 1e3, m: 1e6 }[match[2]?.toLowerCase() ?? ''] ?? 1;
  const value = Math.round(Number((match[1] as string).replaceAll('_', '')) * factor * 1e6) / 1e6;
  return Number.isSafeInteger(value) ? value : undefined;
}

const perSecond = { s: 1, m: 60, min: 60, h: 3600 } as const;

export const ratePattern = /^(\d+(?:_\d+)*(?:\.\d+)?)\s*([kKmM])?\s*(?:\/\s*(s|m|min|h))?$/;

/**
 * Events per second in a text such as `500/s`, `30/m`, `1.5k/s`, or a bare number; `undefined` when it is no rate, or
 * more than a million a second.
 */
export function parseRate(text: string): number | undefined {
  const match = ratePattern.exec(text.trim());
  if (match === null) return undefined;
  const factor = { k: 1e3, m: 1e6 }[match[2]?.toLowerCase() ?? ''] ?? 1;
  const unit = (match[3] ?? 's') as keyof typeof perSecond;
  const rate = (Number((match[1] as string).replaceAll('_', '')) * factor) / perSecond[unit];
  return rate <= maxRatePerSecond ? rate : undefined;
}

/** Three significant digits, no exponent, trailing zeros kept: 0.512, 5.12, 51.2, 512. */
function threeDigits(exact: number): string {
  if (exact === 0) return '0';
  const value = Number(exact.toPrecision(3));
  const digitsBeforePoint = Math.floor(Math.log10(Math.abs(value))) + 1;
  return value.toFixed(Math.min(6, Math.max(0, 3 - digitsBeforePoint)));
}

/** A duration for people, the unit chosen by size: `87.4 µs`, `1.02 s`, `2 m 05 s`. */
export function formatDurationUs(us: number): string {
  if (!Number.isFinite(us)) return '–';
  if (us < 999.5) return `${threeDigits(us)} µs`;
  if (us < 999.5e3) return `${threeDigits(us / 1e3)} ms`;
  if (us < 60e6) return `${threeDigits(us / 1e6)} s`;
  const seconds = Math.round(us / 1e6);
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Bytes for people, in powers of 1024: `512 B`, `1.50 KiB`, `87.4 MiB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${Math.round(value)} B` : `${threeDigits(value)} ${units[unit]}`;
}

/** A count or rate for people: `145`, `12.3 k`, `1.46 M`. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value < 999.5) return Number.isInteger(value) ? String(value) : threeDigits(value);
  if (value < 9999.5) return String(Math.round(value));
  if (value < 999.5e3) return `${threeDigits(value / 1e3)} k`;
  return `${threeDigits(value / 1e6)} M`;
}

/** The noun for so many: `1 request`, `2 requests`. */
export function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}
