import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { LatencySummary } from './results.js';

export type { Histogram } from 'hdr-histogram-js';

/** The longest time a histogram tells apart from longer ones: one hour. */
const longestUs = 3_600_000_000;

/**
 * An empty histogram of microseconds: 1 µs to 1 h with 3 significant digits, in constant memory (about 200 KiB).
 * 32-bit counts record in 60 to 90 ns; the `packed` variant needs 1 600.
 */
export function emptyHistogram(): Histogram {
  return build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: longestUs,
    numberOfSignificantValueDigits: 3,
    autoResize: false,
  });
}

/** Records one time; what is shorter than 1 µs or longer than 1 h counts as that, and nothing ever throws. */
export function recordUs(histogram: Histogram, us: number): void {
  histogram.recordValue(us < 1 ? 1 : us > longestUs ? longestUs : Math.round(us));
}

/** The percentiles, extremes and moments of a histogram; all zero when it is empty. */
export function summarise(histogram: Histogram): LatencySummary {
  const empty = histogram.totalCount === 0;
  const at = (percentile: number): number => (empty ? 0 : histogram.getValueAtPercentile(percentile));
  return {
    minUs: at(0),
    p50Us: at(50),
    p75Us: at(75),
    p90Us: at(90),
    p95Us: at(95),
    p99Us: at(99),
    p999Us: at(99.9),
    maxUs: empty ? 0 : histogram.maxValue,
    meanUs: empty ? 0 : histogram.mean,
    stdevUs: empty ? 0 : histogram.stdDeviation,
  };
}

/** HdrHistogram V2, compressed, base64: what other HdrHistogram tools read too. */
export function encodeHistogram(histogram: Histogram): string {
  return encodeIntoCompressedBase64(histogram);
}

/** The inverse of {@link encodeHistogram}; an empty text is an empty histogram. */
export function decodeHistogram(text: string): Histogram {
  return text === '' ? emptyHistogram() : decodeFromCompressedBase64(text, 32);
}

/** One histogram with the counts of all added. Percentiles are never averaged: that is off by a factor of three. */
export function mergeHistograms(texts: readonly string[]): Histogram {
  const merged = emptyHistogram();
  for (const text of texts) if (text !== '') merged.add(decodeHistogram(text));
  return merged;
}
