import { createColors } from 'picocolors';
import { mergeHistograms, summarise, type Histogram } from '../../core/histogram.js';
import type { DrillReport, StepResult } from '../../core/results.js';
import { formatTime, padName } from './format.js';

interface StatisticsOptions {
  readonly nanoseconds: boolean;
  readonly colour: boolean;
}

/**
 * The lines of drill's `--stats`, same labels in the same order: ten for each step name, twelve for all of them.
 * Times are those of all requests, failed ones too, to the end of the response.
 */
export function statisticsLines(report: DrillReport, options: StatisticsOptions): string {
  const { yellow, magenta, green } = createColors(options.colour);
  const row = (name: string | undefined, [label, value]: Row): string =>
    `${name === undefined ? '' : `${green(padName(name))} `}${yellow(padName(label))} ${magenta(value)}`;
  const groups = report.steps.map((step) => [
    '',
    ...[...counts(step), ...times(step, options.nanoseconds)].map((entry) => row(step.name, entry)),
  ]);
  const { total, elapsedMs } = report;
  const totals: Row[] = [
    ['Time taken for tests', `${(elapsedMs / 1000).toFixed(1)} seconds`],
    ...counts(total),
    ['Requests per second', `${total.rps.toFixed(2)} [#/sec]`],
    ...times(total, options.nanoseconds),
  ];
  return [...groups.flat(), '', ...totals.map((entry) => row(undefined, entry)), ''].join('\n');
}

type Row = readonly [label: string, value: string];

function counts({ requests, ok, failed }: StepResult): Row[] {
  return [
    ['Total requests', String(requests)],
    ['Successful requests', String(ok)],
    ['Failed requests', String(failed)],
  ];
}

function times({ histogram, failedHistogram }: StepResult, nanoseconds: boolean): Row[] {
  const all = mergeHistograms([histogram, failedHistogram]);
  const { meanUs, stdevUs } = summarise(all);
  const time = (us: number): string => formatTime(all.totalCount === 0 ? 0 : Math.round(us), nanoseconds);
  const quantile = (percentile: number): string => time(percentileUs(all, percentile));
  return [
    ['Median time per request', quantile(50)],
    ['Average time per request', time(meanUs)],
    ['Sample standard deviation', time(stdevUs)],
    ["99.0'th percentile", quantile(99)],
    ["99.5'th percentile", quantile(99.5)],
    ["99.9'th percentile", quantile(99.9)],
    ['Max time per request', quantile(100)],
  ];
}

function percentileUs(histogram: Histogram, percentile: number): number {
  return histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(percentile);
}
