import type { CompareCandidate, CompareReport, Health } from '../../core/results.js';
import { formatCount, formatDurationUs } from '../../core/units.js';
import { durationCell, failedCell, percentileCell, unsureNote } from './cells.js';
import { type Cell, type Grid, type Lines, type Section, left, right } from './section.js';
import { environmentLine, errorSection, warningSection } from './shared.js';

const mebibyte = 1024 * 1024;

/** A comparison in the order people read: what ran, the table, errors, health, warnings. */
export function outlineCompare(report: CompareReport): Section[] {
  return [
    { kind: 'lines', title: report.plan.path, lines: [whatRan(report), environmentLine(report.environment)] },
    ...(report.candidates.length === 0 ? [] : [resultGrid(report.candidates)]),
    ...errorSection(
      report.candidates.flatMap(({ id, errors }) => errors.map((error) => ({ ...error, of: id }))),
      'mode',
    ),
    healthSection(report.candidates),
    ...skippedSection(report.skipped),
    ...warningSection(report.warnings, report.partial),
  ];
}

function whatRan({ candidates, rounds, seed, elapsedMs }: CompareReport): string {
  const transports = [...new Set(candidates.map(({ transport }) => transport))].join(', ');
  const parts = [
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, interleaved in random order (seed ${seed})`,
    `transport ${transports === '' ? '–' : transports}`,
    formatDurationUs(elapsedMs * 1e3),
  ];
  return parts.join(' · ');
}

/** A column of the result grid whose best value is marked. */
interface Metric {
  readonly heading: string;
  readonly best: 'highest' | 'lowest' | 'none';
  readonly value: (candidate: CompareCandidate) => number | undefined;
  readonly cell: (candidate: CompareCandidate) => Cell;
}

const absent: Cell = { text: '–', mark: 'quiet' };

const okOf = ({ requests, failed }: CompareCandidate): number => requests - failed;

const percentile = (heading: string, rank: number, key: 'p50Us' | 'p90Us' | 'p99Us'): Metric => ({
  heading,
  best: 'lowest',
  value: (candidate) => (okOf(candidate) === 0 ? undefined : candidate.latency[key]),
  cell: (candidate) => percentileCell(candidate.latency[key], rank, okOf(candidate)),
});

const metrics: readonly Metric[] = [
  {
    heading: 'requests\n/s',
    best: 'highest',
    value: (candidate) => (okOf(candidate) === 0 ? undefined : candidate.rps),
    cell: (candidate) => ({ text: formatCount(candidate.rps) }),
  },
  percentile('p50', 50, 'p50Us'),
  percentile('p90', 90, 'p90Us'),
  percentile('p99', 99, 'p99Us'),
  {
    heading: 'max',
    best: 'lowest',
    value: (candidate) => (okOf(candidate) === 0 ? undefined : candidate.latency.maxUs),
    cell: (candidate) => durationCell(candidate.latency.maxUs, okOf(candidate)),
  },
  { heading: 'errors', best: 'none', value: ({ failed }) => failed, cell: ({ failed }) => failedCell(failed) },
  {
    heading: 'CPU\nµs/req',
    best: 'lowest',
    value: ({ cost }) => cost?.cpuUsPerRequest,
    cell: ({ cost }) => (cost === undefined ? absent : { text: formatCount(cost.cpuUsPerRequest) }),
  },
  {
    heading: 'peak\nMiB',
    best: 'lowest',
    value: ({ cost }) => cost?.peakRssBytes,
    cell: ({ cost }) => (cost === undefined ? absent : { text: formatCount(cost.peakRssBytes / mebibyte) }),
  },
  {
    heading: 'peak\nthr.',
    best: 'none',
    value: ({ cost }) => cost?.peakThreads,
    cell: ({ cost }) => (cost === undefined ? absent : { text: formatCount(cost.peakThreads) }),
  },
];

function resultGrid(candidates: readonly CompareCandidate[]): Grid {
  const columns = metrics.map((metric) => columnCells(metric, candidates));
  return {
    kind: 'grid',
    title: 'Result',
    columns: [left('mode'), ...metrics.map(({ heading }) => right(heading))],
    rows: candidates.map(({ id }, row) => [{ text: id }, ...columns.map((cells) => cells[row] as Cell)]),
    notes: [
      ...(columns.flat().some(({ mark }) => mark === 'best') ? ['* best of its column'] : []),
      ...unsureNote(Math.min(...candidates.map(okOf).filter((ok) => ok > 0)), [99]),
    ],
  };
}

/** One metric of all candidates; the best, and what reads the same, is marked when they differ at all. */
function columnCells(metric: Metric, candidates: readonly CompareCandidate[]): Cell[] {
  const cells = candidates.map((candidate) => metric.cell(candidate));
  const values = candidates.map((candidate) => metric.value(candidate));
  const known = values.filter((value) => value !== undefined);
  if (metric.best === 'none' || known.length < 2) return cells;
  const best = metric.best === 'highest' ? Math.max(...known) : Math.min(...known);
  const bestText = cells[values.indexOf(best)]?.text;
  if (cells.every((cell) => cell.text === bestText)) return cells;
  return cells.map((cell) => (cell.text === bestText && cell.mark === undefined ? { ...cell, mark: 'best' } : cell));
}

/** One line for each distinct reason, with the candidates it is about. */
function healthSection(candidates: readonly CompareCandidate[]): Lines {
  const verdicts = new Set(candidates.map(({ health }) => health.verdict));
  const verdict: Health['verdict'] = verdicts.has('INVALID') ? 'INVALID' : verdicts.has('WARN') ? 'WARN' : 'PASS';
  const about = new Map<string, string[]>();
  for (const { id, health } of candidates) {
    for (const reason of health.reasons) about.set(reason, [...(about.get(reason) ?? []), id]);
  }
  return {
    kind: 'lines',
    title: `Health: ${verdict}`,
    tone: verdict === 'PASS' ? 'good' : verdict === 'WARN' ? 'warning' : 'bad',
    lines: [...about].map(([reason, ids]) =>
      ids.length === candidates.length ? reason : `${ids.join(', ')}: ${reason}`,
    ),
  };
}

function skippedSection(skipped: CompareReport['skipped']): Section[] {
  if (skipped.length === 0) return [];
  return [{ kind: 'lines', title: 'Skipped', lines: skipped.map(({ id, reason }) => `${id}: ${reason}`) }];
}
