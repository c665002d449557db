import type { SweepCurve, SweepPoint, SweepReport } from '../../core/results.js';
import { contendersAt, isSound } from '../../core/sweep-points.js';
import { formatCount, formatDurationUs, plural } from '../../core/units.js';
import { absent, percentileCell, unsureNote } from './cells.js';
import { fairnessSection } from './cost.js';
import { type Cell, type Grid, type Section, left, right } from './section.js';
import { environmentLine, errorSection, jointHealthSection, skippedSection, warningSection } from './shared.js';
import { sparkline } from './sparkline.js';
import { sweepHeadline } from './sweep-headline.js';

/** A sweep in the order people read: what ran, who won where, the curves, their bounds, whether to believe them. */
export function outlineSweep(report: SweepReport, columns: number): Section[] {
  const { plan, rounds, seed, elapsedMs, environment, curves, skipped } = report;
  return [
    {
      kind: 'lines',
      title: `${plan.path} with ${report.vary} ${loadsOf(curves).map(formatCount).join(' ')}`,
      lines: [
        `${rounds} ${plural(rounds, 'round')} in random order, seed ${seed} · ${formatDurationUs(elapsedMs * 1e3)}`,
        environmentLine(environment),
      ],
    },
    { kind: 'lines', title: 'Verdict', isVerdict: true, lines: sweepHeadline(report) },
    ...ladders(columns).flatMap((one) =>
      inGroups(curves, columns, one.width).map((group) => ladder(one, group, curves)),
    ),
    boundsGrid(report),
    ...errorSection(
      curves.flatMap(({ id, errors }) => errors.map((error) => ({ ...error, of: id }))),
      'mode',
    ),
    ...fairnessSection(report.fairness),
    jointHealthSection(
      curves.flatMap(({ id, points }) =>
        points.map(({ load, health }) => ({ of: `${id} at ${formatCount(load)}`, health })),
      ),
    ),
    ...skippedSection(skipped),
    ...warningSection(report.warnings, report.partial, report.stopped),
  ];
}

export function loadsOf(curves: readonly SweepCurve[]): number[] {
  return [...new Set(curves.flatMap(({ points }) => points.map(({ load }) => load)))].toSorted((a, b) => a - b);
}

/** The curves in groups that fit beside each other. */
function inGroups(curves: readonly SweepCurve[], columns: number, width: number): SweepCurve[][] {
  const loadWidth = 11;
  const groups: SweepCurve[][] = [];
  let room = 0;
  for (const curve of curves) {
    const needed = Math.max(width, curve.id.length) + 2;
    if (needed > room) {
      groups.push([]);
      room = columns - loadWidth;
    }
    groups.at(-1)?.push(curve);
    room -= needed;
  }
  return groups;
}

/** A figure of every point, one table of them. */
interface Ladder {
  readonly title: string;
  readonly caption: string;
  readonly cell: (point: SweepPoint) => Cell;
  /** What is drawn in small below; absent for what is no curve of its own. */
  readonly value?: (point: SweepPoint) => number | undefined;
  readonly better?: 'higher' | 'lower';
  /** How wide its cells are at most. */
  readonly width: number;
  readonly notes?: (points: readonly SweepPoint[]) => readonly string[];
}

const okOf = ({ requests, failed }: SweepPoint): number => requests - failed;

/** From this width on there is room for intervals. */
const wideColumns = 120;

const ladders = (columns: number): readonly Ladder[] => [
  {
    title: 'requests/s',
    caption: 'Requests per second',
    cell: ({ rps, rpsByRound }) => ({
      text: columns >= wideColumns ? `${formatCount(rps)}${rangeOf(rpsByRound)}` : formatCount(rps),
    }),
    value: ({ rps }) => rps,
    better: 'higher',
    width: columns >= wideColumns ? 22 : 7,
    notes: () => (columns >= wideColumns ? ['[from, to]: the lowest and the highest round'] : []),
  },
  {
    title: 'p99',
    caption: 'p99 response time',
    cell: (point) => percentileCell(point.latency.p99Us, 99, okOf(point)),
    value: ({ latency }) => latency.p99Us,
    better: 'lower',
    width: 8,
    notes: (points) => unsureNote(Math.min(...points.map(okOf).filter((ok) => ok > 0)), [99]),
  },
  {
    title: 'CPU/req',
    caption: 'Processor time of a request',
    cell: ({ cpuUsPerRequest: us }) => (us === undefined ? absent : { text: formatDurationUs(us) }),
    value: ({ cpuUsPerRequest }) => cpuUsPerRequest,
    better: 'lower',
    width: 8,
  },
  {
    title: 'bound',
    caption: 'The most requests per second that are possible, and the share of it that was reached',
    cell: ({ rps, boundRps }) =>
      boundRps === undefined
        ? absent
        : { text: `${formatCount(boundRps)} ${((rps / boundRps) * 100).toFixed(0)}%`, mark: 'quiet' },
    width: 11,
    notes: () => ['and the share of it that was reached'],
  },
];

function rangeOf(values: readonly number[]): string {
  if (values.length < 2) return '';
  return ` [${formatCount(Math.min(...values))}, ${formatCount(Math.max(...values))}]`;
}

/** Nearer to the best figure than this is as good. */
const equalShare = 0.05;

/** Whether a point has the best figure of all candidates under its load, or one that is as good. */
function isBest({ value, better }: Ladder, point: SweepPoint, all: readonly SweepCurve[]): boolean {
  const own = value?.(point);
  if (own === undefined || better === undefined || all.length < 2) return false;
  const contenders = contendersAt(all, point.load);
  if (!contenders.includes(point)) return false;
  const others = contenders.map((one) => value?.(one) ?? own);
  return better === 'higher'
    ? own >= Math.max(...others) * (1 - equalShare)
    : own <= Math.min(...others) * (1 + equalShare);
}

/** A row a load, a column a candidate, and a line that draws each curve. */
function ladder(one: Ladder, curves: readonly SweepCurve[], all: readonly SweepCurve[]): Grid {
  const { title, caption, cell, value, better, notes } = one;
  const points = curves.flatMap((curve) => curve.points);
  const cellAt = ({ points: own }: SweepCurve, load: number): Cell => {
    const point = own.find((candidate) => candidate.load === load);
    if (point === undefined) return absent;
    if (okOf(point) === 0) return { text: '!–', mark: 'bad' };
    const shown = cell(point);
    // In the text, not by colour alone: this must not be overlooked.
    if (!isSound(point)) return { text: `!${shown.text}`, mark: 'bad' };
    return shown.mark === undefined && isBest(one, point, all) ? { ...shown, mark: 'best' } : shown;
  };
  return {
    kind: 'grid',
    title,
    caption,
    columns: [left('load'), ...curves.map(({ id }) => right(id))],
    rows: [
      ...loadsOf(curves).map((load) => [{ text: formatCount(load) }, ...curves.map((curve) => cellAt(curve, load))]),
      ...(value === undefined
        ? []
        : [
            [
              { text: '' },
              ...curves.map((curve) => ({
                text: sparkline(curve.points.filter(isSound).map((point) => value(point) ?? 0)),
                mark: 'quiet' as const,
              })),
            ],
          ]),
    ],
    notes: [
      ...(better !== undefined && all.length > 1 ? ['* best of its row, or within 5 % of it'] : []),
      ...(points.every(isSound) ? [] : ['! not to be believed: see the health card']),
      ...(notes?.(points) ?? []),
    ],
  };
}

function boundsGrid({ curves, vary }: SweepReport): Grid {
  return {
    kind: 'grid',
    title: 'Bounds',
    columns: [
      left('mode'),
      right('unloaded'),
      right('think time'),
      right('ceiling req/s'),
      right('highest req/s'),
      right('knee'),
    ],
    rows: curves.map(({ id, points, unloadedUs, thinkUs, ceilingRps, knee }) => [
      { text: id },
      unloadedUs === 0 ? absent : { text: formatDurationUs(unloadedUs) },
      thinkUs === 0 ? absent : { text: formatDurationUs(thinkUs) },
      ceilingRps === undefined ? absent : { text: formatCount(ceilingRps) },
      points.some(isSound) ? { text: formatCount(Math.max(...points.filter(isSound).map(({ rps }) => rps))) } : absent,
      knee === undefined ? absent : { text: formatCount(knee) },
    ]),
    notes: [
      'unloaded: the quickest answers; ceiling: cores / CPU time of a request at its cheapest',
      ...(curves.every(({ knee, points }) => knee !== undefined || !points.some(isSound))
        ? []
        : ['knee –: none up to the highest load']),
      ...(vary === 'concurrency'
        ? [
            'think time: what a client does between two requests, at the least, delays and the generator included; N clients bring at most min(N / (unloaded + think time), ceiling)',
          ]
        : []),
    ],
  };
}
