import { printable } from '../../core/printable.js';
import type { LatencySummary } from '../../core/results.js';
import { type Measurement, allMeasurementsOf } from '../measurements.js';
import type { Reporter } from '../reporter.js';

const csv: Reporter = {
  id: 'csv',
  summary: 'spreadsheets: one line a step (and candidate, load or trial), units in the headings, RFC 4180',
  extension: 'csv',
  render: (report) => {
    const lines = allMeasurementsOf(report).map((measurement) => columns.map(([, value]) => value(measurement)));
    return [columns.map(([heading]) => heading), ...lines].map((line) => `${line.map(quoted).join(',')}\r\n`).join('');
  },
};

export default csv;

type Value = string | number | undefined;

const latencyColumn = (key: keyof LatencySummary): [string, (measurement: Measurement) => Value] => [
  key,
  ({ latency, requests, failed }) => (requests > failed ? round(latency[key]) : undefined),
];

const columns: readonly (readonly [heading: string, value: (measurement: Measurement) => Value])[] = [
  ['candidate', ({ candidate }) => candidate && printable(candidate)],
  ['step', ({ step }) => printable(step)],
  ['load', ({ load }) => load],
  ['requests', ({ requests }) => requests],
  ['failed', ({ failed }) => failed],
  ['rps', ({ rps }) => round(rps)],
  latencyColumn('minUs'),
  latencyColumn('p50Us'),
  latencyColumn('p75Us'),
  latencyColumn('p90Us'),
  latencyColumn('p95Us'),
  latencyColumn('p99Us'),
  latencyColumn('p999Us'),
  latencyColumn('maxUs'),
  latencyColumn('meanUs'),
  latencyColumn('stdevUs'),
  ['cpuUsPerRequest', ({ cost }) => round(cost?.cpuUsPerRequest)],
  ['peakRssBytes', ({ cost }) => cost?.peakRssBytes],
  ['peakThreads', ({ cost }) => cost?.peakThreads],
  ['health', ({ health }) => health?.verdict],
  ['met', ({ met }) => (met === undefined ? undefined : String(met))],
];

/** Three digits after the point say all that a measurement knows. */
function round(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 1000) / 1000;
}

function quoted(value: Value): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  // A spreadsheet would run a text that begins like a formula.
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
