import type { Crossover, Leaders, SweepCurve, SweepPoint, SweepReport } from '../../core/results.js';
import { formatCount, formatDurationUs } from '../../core/units.js';
import { absent, percentileCell, unsureNote } from './cells.js';
import { type Cell, type Grid, type Section, left, right } from './section.js';
import { environmentLine, jointHealthSection, skippedSection, warningSection } from './shared.js';
import { sparkline } from './sparkline.js';

const unitOf = { concurrency: 'connections', rate: 'iterations/s' } as const;
const metricTitles = { rps: 'Highest throughput', p99: 'Lowest p99' } as const;

/** Who is ahead under which load, and where curves cross: `Threaded wins by p99 below 42 ± 6 connections`. */
export function sweepHeadline({ crossovers, curves, leaders, vary }: SweepReport): string[] {
  const [only, ...others] = curves;
  if (only === undefined) return ['Nothing was measured.'];
  if (others.length === 0) return [aloneSentence(only, unitOf[vary])];
  return [
    ...(['rps', 'p99'] as const).map((metric) =>
      leaderSentence(
        metricTitles[metric],
        leaders.filter((one) => one.metric === metric),
        curves,
        unitOf[vary],
      ),
    ),
    ...crossovers.map((crossover) => crossoverSentence(crossover, unitOf[vary])),
  ];
}

function aloneSentence({ id, points, knee }: SweepCurve, unit: string): string {
  const highest = Math.max(0, ...points.map(({ rps }) => rps));
  const bend = knee === undefined ? '' : `; from ${formatCount(knee)} ${unit} on more load brings mostly waiting`;
  return `${id} reaches ${formatCount(highest)} requests/s${bend}.`;
}

/** `Lowest p99: threaded at 1 to 16, nobody alone at 32, event-loop at 64 to 512 connections.` */
function leaderSentence(
  title: string,
  leaders: readonly Leaders[],
  curves: readonly SweepCurve[],
  unit: string,
): string {
  const stretches: { readonly who: string; readonly from: number; to: number }[] = [];
  for (const { load, ids } of leaders) {
    const who = namesOf(ids, curves.length);
    const last = stretches.at(-1);
    if (last?.who === who) last.to = load;
    else stretches.push({ who, from: load, to: load });
  }
  const parts = stretches.map(
    ({ who, from, to }) => `${who} at ${formatCount(from)}${from === to ? '' : ` to ${formatCount(to)}`}`,
  );
  return `${title}: ${parts.join(', ')} ${unit}.`;
}

function namesOf(ids: readonly string[], all: number): string {
  if (ids.length === 0) return 'nobody answered';
  return ids.length === all ? 'nobody alone' : ids.join(' and ');
}

/** `By p99 threaded wins below 42 ± 6 connections, event-loop above.` */
export function crossoverSentence({ metric, below, above, load, low, high }: Crossover, unit: string): string {
  const spread = Math.max(high - load, load - low);
  const by = metric === 'rps' ? 'throughput' : 'p99';
  return `By ${by} ${below} wins below ${formatCount(Math.round(load))} ± ${formatCount(Math.round(spread))} ${unit}, ${above} above.`;
}

export function outlineSweep(report: SweepReport): Section[] {
  const { plan, rounds, seed, elapsedMs, environment, curves, skipped } = report;
  return [
    {
      kind: 'lines',
      title: `${plan.path} with ${report.vary} ${loadsOf(curves).map(formatCount).join(' ')}`,
      lines: [
        `${rounds} ${rounds === 1 ? 'round' : 'rounds'} in random order, seed ${seed} · ${formatDurationUs(elapsedMs * 1e3)}`,
        environmentLine(environment),
      ],
    },
    { kind: 'lines', title: 'Verdict', isVerdict: true, lines: sweepHeadline(report) },
    ...ladders.flatMap((one) => inGroups(curves).map((group) => ladder(one, group))),
    boundsGrid(report),
    jointHealthSection(
      curves.flatMap(({ id, points }) =>
        points.map(({ load, health }) => ({ of: `${id} at ${formatCount(load)}`, health })),
      ),
    ),
    ...skippedSection(skipped),
    ...warningSection(report.warnings, report.partial),
  ];
}

export function loadsOf(curves: readonly SweepCurve[]): number[] {
  return [...new Set(curves.flatMap(({ points }) => points.map(({ load }) => load)))].toSorted((a, b) => a - b);
}

function pointOf({ points }: SweepCurve, load: number): SweepPoint | undefined {
  return points.find((point) => point.load === load);
}

/** As many curves as fit beside each other in 80 columns. */
function inGroups(curves: readonly SweepCurve[], most = 5): SweepCurve[][] {
  const groups = Math.ceil(curves.length / most);
  return Array.from({ length: groups }, (_, group) => curves.slice(group * most, (group + 1) * most));
}

/** A figure of every point, one table of them. */
interface Ladder {
  readonly title: string;
  readonly cell: (point: SweepPoint) => Cell;
  readonly value: (point: SweepPoint) => number;
}

const okOf = ({ requests, failed }: SweepPoint): number => requests - failed;

const ladders: readonly Ladder[] = [
  { title: 'requests/s', cell: ({ rps }) => ({ text: formatCount(rps) }), value: ({ rps }) => rps },
  {
    title: 'p99',
    cell: (point) => percentileCell(point.latency.p99Us, 99, okOf(point)),
    value: ({ latency }) => latency.p99Us,
  },
  {
    title: 'CPU/req',
    cell: ({ cpuUsPerRequest: us }) => (us === undefined ? absent : { text: formatDurationUs(us) }),
    value: ({ cpuUsPerRequest = 0 }) => cpuUsPerRequest,
  },
];

/** A row a load, a column a candidate, and a line that draws each curve. */
function ladder({ title, cell, value }: Ladder, curves: readonly SweepCurve[]): Grid {
  const loads = loadsOf(curves);
  const cellAt = (curve: SweepCurve, load: number): Cell => {
    const point = pointOf(curve, load);
    if (point === undefined || okOf(point) === 0) return absent;
    const shown = cell(point);
    return load === curve.knee && shown.mark === undefined ? { ...shown, mark: 'best' } : shown;
  };
  const fewest = Math.min(...curves.flatMap(({ points }) => points.map(okOf)).filter((ok) => ok > 0));
  return {
    kind: 'grid',
    title,
    columns: [left('load'), ...curves.map(({ id }) => right(id))],
    rows: [
      ...loads.map((load) => [{ text: formatCount(load) }, ...curves.map((curve) => cellAt(curve, load))]),
      [{ text: '' }, ...curves.map((curve) => ({ text: sparkline(curve.points.map(value)), mark: 'quiet' as const }))],
    ],
    notes: [
      ...(curves.some(({ knee }) => knee !== undefined)
        ? ['* the knee: from here on more load brings mostly waiting']
        : []),
      ...(title === 'p99' ? unsureNote(fewest, [99]) : []),
    ],
  };
}

function boundsGrid({ curves, vary }: SweepReport): Grid {
  return {
    kind: 'grid',
    title: 'Bounds',
    columns: [left('mode'), right('unloaded'), right('ceiling req/s'), right('highest req/s'), right('knee')],
    rows: curves.map(({ id, points, unloadedUs, ceilingRps, knee }) => [
      { text: id },
      { text: formatDurationUs(unloadedUs) },
      ceilingRps === undefined ? absent : { text: formatCount(ceilingRps) },
      { text: formatCount(Math.max(0, ...points.map(({ rps }) => rps))) },
      { text: knee === undefined ? '–' : formatCount(knee) },
    ]),
    notes: [
      `unloaded: the quickest answers at the lowest ${vary}; ceiling: cores / CPU time of a request at its cheapest`,
      ...(vary === 'concurrency'
        ? ['with N clients no more than min(N / (unloaded + think time), ceiling) is possible']
        : []),
    ],
  };
}
