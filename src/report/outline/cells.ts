import { formatCount, formatDurationUs } from '../../core/units.js';
import type { Cell } from './section.js';

/**
 * Samples that a percentile needs so that its two-sided 95 % confidence interval lies inside the sample at all:
 * the smallest n with 1 - p^n >= 0.975.
 */
const samplesNeeded: Readonly<Record<number, number>> = { 95: 72, 99: 368, 99.9: 3688 };

/** What was not measured. */
export const absent: Cell = { text: '–', mark: 'quiet' };

/** A percentile of `samples` samples; marked `unsure` when they are too few for it. */
export function percentileCell(us: number, percentile: number, samples: number): Cell {
  if (samples === 0) return absent;
  const text = formatDurationUs(us);
  return samples < (samplesNeeded[percentile] ?? 0) ? { text, mark: 'unsure' } : { text };
}

/** Why some percentiles are marked `~`; empty when there are enough samples for all of `percentiles`. */
export function unsureNote(fewestSamples: number, percentiles: readonly number[]): string[] {
  const short = percentiles.filter((percentile) => fewestSamples < (samplesNeeded[percentile] ?? 0));
  if (short.length === 0) return [];
  const needs = short.map((percentile) => `p${percentile} needs ${samplesNeeded[percentile]}`).join(', ');
  return [`~ too few samples to be sure: ${needs} successful requests`];
}

export function durationCell(us: number, samples: number): Cell {
  return samples === 0 ? absent : { text: formatDurationUs(us) };
}

export function failedCell(failed: number): Cell {
  return failed === 0 ? { text: '0', mark: 'quiet' } : { text: formatCount(failed), mark: 'bad' };
}
