import type { CompareCandidate, CompareReport, Health, MetricId, ServerCost } from '../../core/results.js';
import { formatCount, formatDurationUs } from '../../core/units.js';
import { durationCell, failedCell, percentileCell, unsureNote } from './cells.js';
import { type Cell, type Grid, type Lines, type Section, left, right } from './section.js';
import { costGrid, fairnessSection } from './cost.js';
import { effectGrid, selfGrid } from './effects.js';
import { headline } from './headline.js';
import { environmentLine, errorSection, warningSection } from './shared.js';

const mebibyte = 1024 * 1024;

/** A comparison in the order people read: what ran, the table, errors, health, warnings. */
export function outlineCompare(report: CompareReport): Section[] {
  return [
    { kind: 'lines', title: report.plan.path, lines: [whatRan(report), environmentLine(report.environment)] },
    ...verdictSection(report),
    ...(report.candidates.length === 0 ? [] : [resultGrid(report)]),
    ...(report.self ? [selfGrid(report)] : effectGrid(report)),
    ...errorSection(
      report.candidates.flatMap(({ id, errors }) => errors.map((error) => ({ ...error, of: id }))),
      'mode',
    ),
    ...costGrid(report),
    ...fairnessSection(report.fairness),
    healthSection(report.candidates),
    ...skippedSection(report.skipped),
    ...warningSection(report.warnings, report.partial),
  ];
}

function verdictSection(report: CompareReport): Section[] {
  const lines = headline(report);
  return lines.length === 0 ? [] : [{ kind: 'lines', title: 'Verdict', lines }];
}

function whatRan({ candidates, rounds, seed, elapsedMs }: CompareReport): string {
  const transports = [...new Set(candidates.map(({ transport }) => transport))].join(', ');
  const parts = [
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'} interleaved in random order, seed ${seed}`,
    `transport ${transports === '' ? '–' : transports}`,
    formatDurationUs(elapsedMs * 1e3),
  ];
  return parts.join(' · ');
}

/** A column of the result grid. */
interface ResultColumn {
  readonly heading: string;
  /** The metric whose first places are marked. */
  readonly metric?: MetricId;
  readonly cell: (candidate: CompareCandidate) => Cell;
}

const okOf = ({ requests, failed }: CompareCandidate): number => requests - failed;

const costCell =
  (value: (cost: ServerCost) => number) =>
  ({ cost }: CompareCandidate): Cell =>
    cost === undefined ? { text: '–', mark: 'quiet' } : { text: formatCount(value(cost)) };

const resultColumns: readonly ResultColumn[] = [
  { heading: 'req/s', metric: 'rps', cell: ({ rps }) => ({ text: formatCount(rps) }) },
  { heading: 'p50', metric: 'p50', cell: (one) => percentileCell(one.latency.p50Us, 50, okOf(one)) },
  { heading: 'p90', metric: 'p90', cell: (one) => percentileCell(one.latency.p90Us, 90, okOf(one)) },
  { heading: 'p99', metric: 'p99', cell: (one) => percentileCell(one.latency.p99Us, 99, okOf(one)) },
  { heading: 'max', cell: (one) => durationCell(one.latency.maxUs, okOf(one)) },
  { heading: 'errors', cell: ({ failed }) => failedCell(failed) },
  { heading: 'CPU\nµs/req', metric: 'cpu', cell: costCell((cost) => cost.cpuUsPerRequest) },
  { heading: 'peak\nMiB', metric: 'peakRss', cell: costCell((cost) => cost.peakRssBytes / mebibyte) },
  { heading: 'peak\nthr.', cell: costCell((cost) => cost.peakThreads) },
];

/** The candidates by rank; the sort is stable, so that equals keep the order in which the user named them. */
function resultGrid({ candidates, rankedBy, rankings }: CompareReport): Grid {
  const ranks = ranksIn(rankings, rankedBy);
  const sorted = candidates.toSorted((a, b) => (ranks.get(a.id) ?? 0) - (ranks.get(b.id) ?? 0));
  const cells = resultColumns.map(({ metric, cell }) =>
    sorted.map((candidate) => markIfFirst(cell(candidate), candidate.id, metric && ranksIn(rankings, metric))),
  );
  return {
    kind: 'grid',
    title: 'Result',
    columns: [left('mode'), right('#'), ...resultColumns.map(({ heading }) => right(heading))],
    rows: sorted.map(({ id }, row) => [
      { text: id },
      { text: String(ranks.get(id) ?? '–') },
      ...cells.map((column) => column[row] as Cell),
    ]),
    notes: [
      ...(cells.flat().some(({ mark }) => mark === 'best') ? ['* best of its column, or not to be told from it'] : []),
      ...unsureNote(Math.min(...candidates.map(okOf).filter((ok) => ok > 0)), [99]),
    ],
  };
}

function ranksIn(rankings: CompareReport['rankings'], metric: MetricId): Map<string, number> {
  const ranking = rankings.find((known) => known.metric === metric);
  return new Map(ranking?.ranks.map(({ id, rank }) => [id, rank]));
}

/** Where everybody is first nobody is marked. */
function markIfFirst(cell: Cell, id: string, ranks: Map<string, number> | undefined): Cell {
  if (ranks === undefined || cell.mark !== undefined || ranks.get(id) !== 1) return cell;
  return [...ranks.values()].every((rank) => rank === 1) ? cell : { ...cell, mark: 'best' };
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
