import type { Effect, Report } from '../../core/results.js';
import { type Measurement, measurementName, measurementsOf } from '../measurements.js';
import type { Reporter } from '../reporter.js';

/** One entry of the list `customSmallerIsBetter` that github-action-benchmark and its kin read. */
interface Entry {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly range?: string;
  readonly extra?: string;
}

const benchmarkJson: Reporter = {
  id: 'benchmark-json',
  summary: 'the list customSmallerIsBetter, for dashboards that keep a history',
  extension: 'bench.json',
  render: (report) => `${JSON.stringify(entriesOf(report), undefined, 2)}\n`,
};

export default benchmarkJson;

function entriesOf(report: Report): Entry[] {
  const effects = report.kind === 'regress' ? report.gates : report.kind === 'compare' ? report.effects : [];
  return measurementsOf(report).flatMap((measurement) => entriesOfMeasurement(measurement, effects));
}

function entriesOfMeasurement(measurement: Measurement, effects: readonly Effect[]): Entry[] {
  const { requests, failed, rps, latency, cost } = measurement;
  const name = measurementName(measurement);
  const extra = `${requests} requests, ${failed} failed, ${rounded(rps)} requests/s`;
  const entry = (what: string, unit: string, value: number, metric: Effect['metric']): Entry => {
    const range = rangeOf(measurement, metric, effects);
    return { name: `${name}: ${what}`, unit, value: rounded(value), ...(range === undefined ? {} : { range }), extra };
  };
  return [
    // Smaller is better: the time between two answers instead of answers in a time.
    ...(rps > 0 ? [entry('time per request', 'µs', 1e6 / rps, 'rps')] : []),
    ...(requests > failed ? [entry('p50', 'µs', latency.p50Us, 'p50'), entry('p99', 'µs', latency.p99Us, 'p99')] : []),
    ...(cost === undefined ? [] : [entry('CPU per request', 'µs', cost.cpuUsPerRequest, 'cpu')]),
    ...(requests > 0 ? [entry('errors', '%', (failed / requests) * 100, 'errors')] : []),
  ];
}

/** Half the width of the interval over rounds, where it is known. */
function rangeOf(
  { candidate, step }: Measurement,
  metric: Effect['metric'],
  effects: readonly Effect[],
): string | undefined {
  const effect = effects.find(
    (one) => one.candidate === candidate && one.metric === metric && (one.step ?? 'total') === step,
  );
  if (effect === undefined || !Number.isFinite(effect.lowPercent) || !Number.isFinite(effect.highPercent))
    return undefined;
  return `± ${rounded((effect.highPercent - effect.lowPercent) / 2)}%`;
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
