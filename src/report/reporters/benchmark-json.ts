import { sampleStandardDeviation } from 'simple-statistics';
import { plural } from '../../core/units.js';
import { type Measurement, measurementName, measurementsOf } from '../measurements.js';
import type { Reporter } from '../reporter.js';

/** One entry of the list `customSmallerIsBetter` that github-action-benchmark and its kin read. */
interface Entry {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** Standard deviation over rounds, in the unit of the value. */
  readonly range?: string;
  readonly extra?: string;
}

const benchmarkJson: Reporter = {
  id: 'benchmark-json',
  summary: 'dashboards that keep a history: the list customSmallerIsBetter',
  extension: 'bench.json',
  render: (report) => `${JSON.stringify(measurementsOf(report).flatMap(entriesOf), undefined, 2)}\n`,
};

export default benchmarkJson;

function entriesOf(measurement: Measurement): Entry[] {
  const { requests, failed, rps } = measurement;
  const name = measurementName(measurement);
  const extra = `${requests} ${plural(requests, 'request')}, ${failed} failed, ${rounded(rps)} requests/s`;
  return figures.flatMap(({ what, unit, of }) => {
    const value = of(measurement);
    if (value === undefined) return [];
    const each = measurement.rounds?.map(of).filter((one) => one !== undefined) ?? [];
    const range = each.length < 2 ? {} : { range: `± ${rounded(sampleStandardDeviation(each))}` };
    return { name: `${name}: ${what}`, unit, value: rounded(value), ...range, extra };
  });
}

type Figures = Pick<Measurement, 'requests' | 'failed' | 'rps' | 'latency' | 'cost'>;

/** A figure of a measurement or of one round of it; `undefined` where there is none. */
interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly of: (figures: Figures) => number | undefined;
}

const latencyOf =
  (key: 'p50Us' | 'p99Us'): Figure['of'] =>
  ({ requests, failed, latency }) =>
    requests > failed ? latency[key] : undefined;

const figures: readonly Figure[] = [
  // Smaller is better: the time between two answers instead of answers in a time.
  { what: 'time per request', unit: 'µs', of: ({ rps }) => (rps > 0 ? 1e6 / rps : undefined) },
  { what: 'p50', unit: 'µs', of: latencyOf('p50Us') },
  { what: 'p99', unit: 'µs', of: latencyOf('p99Us') },
  { what: 'CPU per request', unit: 'µs', of: ({ cost }) => cost?.cpuUsPerRequest },
  {
    what: 'errors',
    unit: '%',
    of: ({ requests, failed }) => (requests > 0 ? (failed / requests) * 100 : undefined),
  },
];

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
