import { decodeHistogram } from '../../core/histogram.js';
import type { Report, SecondResult, SweepReport } from '../../core/results.js';
import { type Measurement, measurementsOf } from '../measurements.js';
import { byRank } from '../outline/result-grid.js';
import { loadsOf } from '../outline/sweep.js';
import type { Chart } from './chart.js';

/** Points of a percentile curve for each factor of ten in 1 / (1 - p), and how many such factors: up to 99.999 %. */
const pointsPerDecade = 20;
const decades = 5;

/** 50, 75 and 95 %, which people ask for by name, lie between the even points. */
const named = [2, 4, 20];

/** Every chart that a report has data for. */
export function chartsOf(report: Report): Chart[] {
  switch (report.kind) {
    case 'drill':
      return [
        ...percentiles(stepsOrTotal(measurementsOf(report))),
        ...seconds([{ label: 'all steps', series: report.series }]),
      ];
    case 'compare': {
      // In the order of the bars above them, so that a candidate has one colour on the whole page.
      const candidates = byRank(report);
      return [
        ...percentiles(measurementsOf({ ...report, candidates }).filter(({ step }) => step === 'total')),
        ...seconds(candidates.map(({ id, series }) => ({ label: id, series }))),
      ];
    }
    case 'regress':
      return chartsOf(report.comparison);
    case 'sweep':
      return sweepCharts(report);
    case 'capacity':
      return [];
  }
}

/** Where there is one step only, its curve is the total's. */
function stepsOrTotal(measurements: readonly Measurement[]): Measurement[] {
  return measurements.length <= 2 ? measurements.slice(0, 1) : [...measurements];
}

/** Latency by percentile: the tail takes as much room as the middle. */
function percentiles(measurements: readonly Measurement[]): Chart[] {
  const known = measurements.filter(({ histogram, requests, failed }) => histogram !== '' && requests > failed);
  if (known.length === 0) return [];
  const even = Array.from({ length: pointsPerDecade * decades + 1 }, (_, i) => 10 ** (i / pointsPerDecade));
  const xs = [...even, ...named].toSorted((a, b) => a - b);
  const series = known.map((measurement) => {
    const histogram = decodeHistogram(measurement.histogram);
    return {
      label: measurement.candidate ?? measurement.step,
      // Beyond 1 in n there is no sample to show.
      values: xs.map((x) => (x > histogram.totalCount ? null : histogram.getValueAtPercentile(100 * (1 - 1 / x)))),
    };
  });
  const reached = xs.findLastIndex((_, place) => series.some(({ values }) => values[place] !== null));
  return [
    {
      id: 'percentiles',
      title: 'Latency by percentile',
      summary: 'Response time at each percentile, one curve each; lower and flatter is better.',
      x: { label: 'percentile', unit: 'percentile', logarithmic: true },
      y: { label: 'response time', unit: 'us', logarithmic: true },
      xs: xs.slice(0, reached + 1),
      series: series.map(({ label, values }) => ({ label, values: values.slice(0, reached + 1) })),
    },
  ];
}

/** Fewer whole seconds than this are no course. */
const leastSeconds = 4;

/** The course of a run, without its last second, which is rarely a whole one. */
function seconds(runs: readonly { readonly label: string; readonly series: readonly SecondResult[] }[]): Chart[] {
  const length = Math.max(0, ...runs.map(({ series }) => series.length - 1));
  if (length < leastSeconds) return [];
  const xs = Array.from({ length }, (_, second) => second);
  const chart = (id: string, title: string, unit: 'count' | 'us', of: (second: SecondResult) => number): Chart => ({
    id,
    title,
    summary: `${title}, for each second of ${runs.length > 1 ? 'a typical round of each' : 'the run'}.`,
    x: { label: 'seconds since the start', unit: 'seconds', logarithmic: false },
    y: { label: unit === 'us' ? 'p99 response time' : 'requests/s', unit, logarithmic: false },
    xs,
    series: runs.map(({ label, series }) => {
      const bySecond = new Map(series.map((second) => [second.second, second]));
      return {
        label,
        values: xs.map((x) => {
          const second = bySecond.get(x);
          return second === undefined ? null : of(second);
        }),
      };
    }),
  });
  return [
    chart('rate', 'Requests per second over time', 'count', ({ requests }) => requests),
    chart('p99', 'p99 over time', 'us', ({ p99Us }) => p99Us),
  ];
}

function sweepCharts({ curves, vary }: SweepReport): Chart[] {
  const xs = loadsOf(curves);
  if (xs.length < 2) return [];
  const label = vary === 'concurrency' ? 'waiting clients' : 'requests/s asked for';
  const chart = (
    id: string,
    title: string,
    unit: 'count' | 'us',
    value: (point: (typeof curves)[number]['points'][number]) => number,
  ): Chart => ({
    id,
    title,
    summary: `${title}, one curve for each candidate.`,
    x: { label, unit: 'count', logarithmic: true },
    y: { label: unit === 'us' ? 'p99 response time' : 'requests/s', unit, logarithmic: unit === 'us' },
    xs,
    series: curves.map(({ id: name, points }) => ({
      label: name,
      values: xs.map((x) => {
        const point = points.find(({ load }) => load === x);
        return point === undefined || point.requests === point.failed ? null : value(point);
      }),
    })),
  });
  return [
    chart('throughput', 'Throughput against load', 'count', ({ rps }) => rps),
    chart('p99', 'p99 against load', 'us', ({ latency }) => latency.p99Us),
  ];
}
