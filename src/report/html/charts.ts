import { decodeHistogram } from '../../core/histogram.js';
import type {
  CapacityReport,
  CompareCandidate,
  LoadKind,
  Report,
  RoundResult,
  SecondResult,
  SweepMetric,
  SweepPoint,
  SweepReport,
  ThresholdResult,
} from '../../core/results.js';
import { type Measurement, measurementsOf } from '../measurements.js';
import { byRank } from '../outline/result-grid.js';
import { isSound } from '../../core/sweep-points.js';
import { crossoverSentence, unitOf } from '../outline/sweep-headline.js';
import { loadsOf } from '../outline/sweep.js';
import type { Axis, Chart, Mark, Series } from './chart.js';

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
        ...rounds(candidates),
        ...seconds(candidates.map(({ id, series }) => ({ label: id, series }))),
      ];
    }
    case 'regress':
      return chartsOf(report.comparison);
    case 'sweep':
      return sweepCharts(report);
    case 'capacity':
      return capacityCharts(report);
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
  // A second is drawn at its middle: what changes from beginning to end is there on average.
  const xs = Array.from({ length }, (_, second) => second + 0.5);
  const chart = (id: string, title: string, unit: 'count' | 'us', of: (second: SecondResult) => number): Chart => ({
    id,
    title,
    summary: `${title}, for each second of ${runs.length > 1 ? 'a typical round of each' : 'the run'}, at its middle.`,
    x: { label: 'seconds since the start', unit: 'seconds', logarithmic: false },
    y: { label: unit === 'us' ? 'p99 response time' : 'requests/s', unit, logarithmic: false },
    xs,
    series: runs.map(({ label, series }) => {
      const bySecond = new Map(series.map((second) => [second.second, second]));
      return {
        label,
        values: xs.map((x) => {
          const second = bySecond.get(Math.floor(x));
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

/** What each round brought: whether the machine was steady, and whether everybody was as quick all the time. */
function rounds(candidates: readonly CompareCandidate[]): Chart[] {
  const xs = [...new Set(candidates.flatMap((one) => one.rounds.map(({ round }) => round)))].toSorted((a, b) => a - b);
  if (xs.length < 2) return [];
  const chart = (id: string, title: string, y: Axis, of: (round: RoundResult) => number): Chart => ({
    id,
    title,
    summary: `${title}, one line each; level lines are a steady machine.`,
    x: { label: 'round', unit: 'round', logarithmic: false },
    y,
    xs,
    series: candidates.map(({ id: label, rounds: own }) => {
      const byRound = new Map(own.map((round) => [round.round, round]));
      return {
        label,
        values: xs.map((x) => {
          const round = byRound.get(x);
          return round === undefined || round.requests === round.failed ? null : of(round);
        }),
      };
    }),
  });
  return [
    chart(
      'rounds-rate',
      'Throughput, round by round',
      { label: 'requests/s', unit: 'count', logarithmic: false },
      ({ rps }) => rps,
    ),
    chart(
      'rounds-p99',
      'p99, round by round',
      { label: 'p99 response time', unit: 'us', logarithmic: true },
      ({ latency }) => latency.p99Us,
    ),
  ];
}

const sweepAxes = {
  concurrency: { label: 'waiting clients', unit: 'clients', logarithmic: true },
  rate: { label: 'iterations/s asked for', unit: 'count', logarithmic: true },
} as const satisfies Record<LoadKind, Axis>;

/** Throughput and p99 against load, with what the operational laws allow, the knees and where curves cross. */
function sweepCharts({ curves, crossovers, vary }: SweepReport): Chart[] {
  const xs = loadsOf(curves);
  const drawn = curves.filter(({ points }) => points.some(isSound));
  if (xs.length < 2 || drawn.length === 0) return [];
  const line = (
    label: string,
    points: readonly SweepPoint[],
    value: (point: SweepPoint) => number | undefined,
  ): Series => ({
    label,
    values: xs.map((x) => {
      const point = points.find(({ load }) => load === x);
      return point === undefined ? null : (value(point) ?? null);
    }),
  });
  const knees = drawn.flatMap(({ id, knee }, on) =>
    knee === undefined ? [] : [{ x: knee, label: `knee of ${id}`, on }],
  );
  const crossings = (metric: SweepMetric): Mark[] =>
    crossovers
      .filter((one) => one.metric === metric)
      .map(({ load: x, low, high, below, above }) => ({ x, low, high, label: `${below} | ${above}` }));
  const summary = (title: string, metric: SweepMetric): string =>
    [
      `${title}, one curve for each candidate.`,
      ...knees.map(({ x, label }) => `The ${label} is at ${x}.`),
      ...crossovers
        .filter((one) => one.metric === metric)
        .map((crossover) => crossoverSentence(crossover, unitOf[vary])),
      ...(curves.every(({ points }) => points.every(isSound)) ? [] : ['What is not to be believed is left out.']),
    ].join(' ');
  const keyOf = (metric: SweepMetric): string =>
    [
      ...(knees.length === 0 ? [] : ['Dot: the knee.']),
      ...(crossings(metric).length === 0 ? [] : ['Grey band: where curves cross, and how far off that may be.']),
    ].join(' ');
  const bounds = drawn
    .map(({ id, points }, limitOf) => ({ ...line(`${id}: bound`, points, ({ boundRps }) => boundRps), limitOf }))
    .filter(({ values }) => values.some((value) => value !== null));
  return [
    {
      id: 'throughput',
      title: 'Throughput against load',
      summary: `${summary('Throughput against load', 'rps')} Dashed: the most that the operational laws allow.`,
      x: sweepAxes[vary],
      y: { label: 'requests/s', unit: 'count', logarithmic: true },
      xs,
      series: [
        ...drawn.map(({ id, points }) => line(id, points, (point) => (isSound(point) ? point.rps : undefined))),
        ...bounds,
      ],
      marks: [...knees, ...crossings('rps')],
      key: `${keyOf('rps')} Dashed: the most that the operational laws allow.`.trimStart(),
    },
    {
      id: 'p99',
      title: 'p99 against load',
      summary: summary('p99 against load', 'p99'),
      x: sweepAxes[vary],
      y: { label: 'p99 response time', unit: 'us', logarithmic: true },
      xs,
      series: drawn.map(({ id, points }) =>
        line(id, points, (point) => (isSound(point) ? point.latency.p99Us : undefined)),
      ),
      marks: [...knees, ...crossings('p99')],
      key: keyOf('p99'),
    },
  ];
}

/** What each objective was at each rate that was tried; where a rate was tried twice, the second time. */
function capacityCharts({ candidates, objectives }: CapacityReport): Chart[] {
  const xs = [...new Set(candidates.flatMap(({ trials }) => trials.map(({ rate }) => rate)))].toSorted((a, b) => a - b);
  if (xs.length < 2) return [];
  return objectives.flatMap((text, place): Chart[] => {
    const results = candidates.map(
      ({ trials }) => new Map(trials.map(({ rate, objectives: all }) => [rate, all[place]])),
    );
    const known = results.flatMap((byRate) => [...byRate.values()]).find((result) => result !== undefined);
    if (known === undefined) return [];
    const y = objectiveAxis(known);
    return [
      {
        id: `objective-${place}`,
        title: `${text}, at each rate`,
        summary: `${known.metric} at each rate that was tried; the objective is ${text}.`,
        x: { label: 'iterations/s asked for', unit: 'count', logarithmic: true },
        y,
        xs,
        series: [
          ...candidates.map(({ id }, which) => ({
            label: id,
            values: xs.map((x) => positive(results[which]?.get(x)?.value, y)),
          })),
          { label: 'objective', values: xs.map(() => positive(known.limit, y)) },
        ],
        marks: candidates.flatMap(({ id, sustainedRate }, on) =>
          sustainedRate === 0 ? [] : [{ x: sustainedRate, label: `${id} sustains`, on }],
        ),
        key: 'Dot: the rate that is sustained.',
      },
    ];
  });
}

/** Percentiles in microseconds, shares of errors in percent, everything else as a number. */
function objectiveAxis({ metric, text }: ThresholdResult): Axis {
  if (/^(p\d|min|max|mean)/.test(metric)) return { label: metric, unit: 'us', logarithmic: true };
  return { label: metric, unit: text.endsWith('%') ? 'percent' : 'count', logarithmic: false };
}

/** A logarithmic axis has no zero. */
function positive(value: number | undefined, { logarithmic }: Axis): number | null {
  return value === undefined || (logarithmic && value <= 0) ? null : value;
}
