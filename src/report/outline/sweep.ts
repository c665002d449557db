import type { Crossover, SweepCurve, SweepPoint, SweepReport } from '../../core/results.js';
import { formatCount, formatDurationUs } from '../../core/units.js';
import { type Cell, type Grid, type Section, left, right } from './section.js';
import { environmentLine, warningSection } from './shared.js';
import { sparkline } from './sparkline.js';

/** Where curves cross, in sentences: `threaded wins below 42 ± 6 connections`. */
export function sweepHeadline({ crossovers, curves, vary }: SweepReport): string[] {
  const unit = vary === 'concurrency' ? 'connections' : 'requests/s';
  if (curves.length < 2) return [];
  if (crossovers.length === 0) return ['No curve crosses another: the order is the same under every load.'];
  return crossovers.map((crossover) => crossoverSentence(crossover, unit));
}

function crossoverSentence({ below, above, load, low, high }: Crossover, unit: string): string {
  const spread = Math.max(high - load, load - low);
  return `${below} wins below ${formatCount(Math.round(load))} ± ${formatCount(Math.round(spread))} ${unit}, ${above} above.`;
}

export function outlineSweep(report: SweepReport): Section[] {
  const { plan, rounds, seed, elapsedMs, environment, curves, skipped } = report;
  const lines = sweepHeadline(report);
  return [
    {
      kind: 'lines',
      title: `${plan.path} with ${report.vary} ${loadsOf(curves).map(formatCount).join(' ')}`,
      lines: [
        `${rounds} ${rounds === 1 ? 'round' : 'rounds'} in random order, seed ${seed} · ${formatDurationUs(elapsedMs * 1e3)}`,
        environmentLine(environment),
      ],
    },
    ...(lines.length === 0 ? [] : [{ kind: 'lines', title: 'Verdict', lines } as const]),
    ...inGroups(curves).map((group) =>
      ladder(
        'requests/s',
        group,
        ({ rps }) => formatCount(rps),
        ({ rps }) => rps,
      ),
    ),
    ...inGroups(curves).map((group) =>
      ladder(
        'p99',
        group,
        ({ latency }) => formatDurationUs(latency.p99Us),
        ({ latency }) => latency.p99Us,
      ),
    ),
    boundsGrid(report),
    ...(skipped.length === 0
      ? []
      : [{ kind: 'lines', title: 'Skipped', lines: skipped.map(({ id, reason }) => `${id}: ${reason}`) } as const]),
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

/** A row a load, a column a candidate, and a line that draws each curve. */
function ladder(
  title: string,
  curves: readonly SweepCurve[],
  text: (point: SweepPoint) => string,
  value: (point: SweepPoint) => number,
): Grid {
  const loads = loadsOf(curves);
  const cell = (curve: SweepCurve, load: number): Cell => {
    const point = pointOf(curve, load);
    if (point === undefined || point.requests === point.failed) return { text: '–', mark: 'quiet' };
    return load === curve.knee ? { text: text(point), mark: 'best' } : { text: text(point) };
  };
  return {
    kind: 'grid',
    title,
    columns: [left('load'), ...curves.map(({ id }) => right(id))],
    rows: [
      ...loads.map((load) => [{ text: formatCount(load) }, ...curves.map((curve) => cell(curve, load))]),
      [{ text: '' }, ...curves.map((curve) => ({ text: sparkline(curve.points.map(value)), mark: 'quiet' as const }))],
    ],
    notes: curves.some(({ knee }) => knee !== undefined)
      ? ['* the knee: from here on more load brings mostly waiting']
      : [],
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
      ceilingRps === undefined ? { text: '–', mark: 'quiet' } : { text: formatCount(ceilingRps) },
      { text: formatCount(Math.max(0, ...points.map(({ rps }) => rps))) },
      { text: knee === undefined ? '–' : formatCount(knee) },
    ]),
    notes: [`unloaded: response time at the lowest ${vary}; ceiling: cores / CPU time of a request at its cheapest`],
  };
}
