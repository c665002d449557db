import { failsMoreThanSomebody } from '../../core/failures.js';
import type { CompareCandidate, CompareReport, MetricId, ServerCost } from '../../core/results.js';
import { formatCount } from '../../core/units.js';
import { absent, durationCell, failedCell, percentileCell, unsureNote } from './cells.js';
import { type Cell, type Grid, left, right } from './section.js';

const mebibyte = 1024 * 1024;

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
    cost === undefined ? absent : { text: formatCount(value(cost)) };

const resultColumns: readonly ResultColumn[] = [
  { heading: 'req/s', metric: 'rps', cell: ({ rps }) => ({ text: formatCount(rps) }) },
  { heading: 'p50', metric: 'p50', cell: (one) => percentileCell(one.latency.p50Us, 50, okOf(one)) },
  { heading: 'p90', metric: 'p90', cell: (one) => percentileCell(one.latency.p90Us, 90, okOf(one)) },
  { heading: 'p99', metric: 'p99', cell: (one) => percentileCell(one.latency.p99Us, 99, okOf(one)) },
  { heading: 'max', cell: (one) => durationCell(one.latency.maxUs, okOf(one)) },
  { heading: 'err.', cell: ({ failed }) => failedCell(failed) },
  { heading: 'CPU\nµs/req', metric: 'cpu', cell: costCell((cost) => cost.cpuUsPerRequest) },
  { heading: 'peak\nMiB', metric: 'peakRss', cell: costCell((cost) => cost.peakRssBytes / mebibyte) },
  { heading: 'peak\nthr.', cell: costCell((cost) => cost.peakThreads) },
];

/** The candidates by rank; the sort is stable, so that equals keep the order in which the user named them. */
export function byRank({
  candidates,
  rankedBy,
  rankings,
}: Pick<CompareReport, 'candidates' | 'rankedBy' | 'rankings'>): CompareCandidate[] {
  const ranks = ranksIn(rankings, rankedBy);
  return candidates.toSorted((a, b) => (ranks.get(a.id) ?? 0) - (ranks.get(b.id) ?? 0));
}

export function resultGrid({ candidates, rankedBy, rankings }: CompareReport): Grid {
  const ranks = ranksIn(rankings, rankedBy);
  const sorted = byRank({ candidates, rankedBy, rankings });
  const cells = resultColumns.map(({ metric, cell }) =>
    sorted.map((candidate) => {
      const shown = cell(candidate);
      return okOf(candidate) === 0 ? shown : markIfFirst(shown, candidate.id, metric && ranksIn(rankings, metric));
    }),
  );
  const someFail = candidates.some((candidate) => failsMoreThanSomebody(candidate, candidates));
  return {
    kind: 'grid',
    title: 'Result',
    columns: [left('mode'), right('#'), ...resultColumns.map(({ heading }) => right(heading))],
    rows: sorted.map((candidate, row) => [
      { text: candidate.id },
      { text: okOf(candidate) === 0 ? '–' : String(ranks.get(candidate.id) ?? '–') },
      ...cells.map((column) => column[row] as Cell),
    ]),
    notes: [
      ...(cells.flat().some(({ mark }) => mark === 'best')
        ? [`* best of its column${someFail ? ' among those that failed less' : ''}, or not to be told from it`]
        : []),
      ...(candidates.some(({ cost }) => cost !== undefined)
        ? ['peak memory and threads are those of all processes of a server, with what Node itself needs']
        : []),
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
