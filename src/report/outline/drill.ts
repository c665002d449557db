import type { DrillReport, LatencySummary, StepResult } from '../../core/results.js';
import { formatBytes, formatCount, formatDurationUs, plural } from '../../core/units.js';
import { durationCell, failedCell, percentileCell, unsureNote } from './cells.js';
import { type Cell, type Grid, type Section, left, right } from './section.js';
import { environmentLine, errorSection, healthSection, warningSection } from './shared.js';
import { thresholdGrid } from './threshold-grid.js';

/** Columns of the latency grid in their order; the narrow ones are there at any width. */
const latencyColumns: readonly {
  readonly heading: string;
  readonly key: keyof LatencySummary;
  readonly percentile?: number;
  readonly wideOnly?: true;
}[] = [
  { heading: 'min', key: 'minUs', wideOnly: true },
  { heading: 'p50', key: 'p50Us', percentile: 50 },
  { heading: 'p75', key: 'p75Us', percentile: 75, wideOnly: true },
  { heading: 'p90', key: 'p90Us', percentile: 90 },
  { heading: 'p95', key: 'p95Us', percentile: 95 },
  { heading: 'p99', key: 'p99Us', percentile: 99 },
  { heading: 'p99.9', key: 'p999Us', percentile: 99.9 },
  { heading: 'max', key: 'maxUs' },
  { heading: 'mean', key: 'meanUs' },
  { heading: '± dev', key: 'stdevUs' },
];

/** From this width on all latency columns fit beside names of usual length. */
const wideColumns = 100;

/** A drill in the order people read: what ran, latency, throughput, errors, health, warnings. */
export function outlineDrill(report: DrillReport, columns: number): Section[] {
  // One step's figures are the total's: say them once.
  const results = report.steps.length === 1 ? report.steps : [...report.steps, { ...report.total, name: 'total' }];
  return [
    {
      kind: 'lines',
      title: `${report.plan.path} → ${report.base === '' ? 'absolute URLs' : report.base}`,
      lines: [whatRan(report), environmentLine(report.environment)],
    },
    withNotes(
      latencyGrid(
        'Latency',
        results,
        (step) => step.latency,
        (step) => step.ok,
        columns,
      ),
      [...failureNote(report), ...loopNote(report)],
    ),
    ...openLoopGrids(results, columns),
    throughputGrid(results, report.elapsedMs),
    ...errorSection(report.total.errors, 'step'),
    ...thresholdGrid(report.thresholds ?? []),
    healthSection(report.health),
    ...warningSection(report.warnings, report.partial, report.stopped),
  ];
}

function whatRan(report: DrillReport): string {
  const { iterations, warmup, transport, elapsedMs, total, load } = report;
  const parts = [
    `${formatCount(total.requests)} ${plural(total.requests, 'request')} in ${formatDurationUs(elapsedMs * 1e3)}`,
    pace(report),
    ...(load !== undefined && load.threads > 1 ? [`${load.threads} generator threads`] : []),
    ...(iterations > 0 ? [`${formatCount(iterations)} ${plural(iterations, 'iteration')}`] : []),
    ...(warmup.requests > 0
      ? [`after ${formatCount(warmup.requests)} warm-up ${plural(warmup.requests, 'request')}`]
      : []),
    `transport ${transport}`,
  ];
  return parts.join(' · ');
}

/** Who decides when a request is sent: waiting clients, or a schedule. */
function pace({ concurrency, load }: DrillReport): string {
  const stages = load?.stages ?? [];
  if (stages.length > 0) return `${stages.length} ${plural(stages.length, 'stage')} of ${stages[0]?.of ?? 'rate'}`;
  if (load?.ratePerSecond === undefined) return `concurrency ${concurrency}`;
  return `rate ${formatCount(load.ratePerSecond)}/s${load.arrival === 'poisson' ? ', poisson arrivals' : ''}`;
}

/** drill's own lines, which may stand above, are of all requests. */
function failureNote({ total }: DrillReport): string[] {
  return total.failed === 0 || total.ok === 0 ? [] : ['successful requests only; those that failed are not among them'];
}

/** What a reader must know of the latencies of a closed loop (Schroeder, Wierman, Harchol-Balter: Open Versus Closed). */
function loopNote({ load, concurrency }: DrillReport): string[] {
  if (load?.loop !== 'closed') return [];
  const upTo = (load.stages ?? []).length === 0 ? '' : 'up to ';
  const clients = concurrency === 1 ? 'one waiting client' : `${upTo}${concurrency} waiting clients`;
  return [`closed loop: latency is what ${clients} saw; use --rate for user-visible latency`];
}

function latencyGrid(
  title: string,
  results: readonly StepResult[],
  of: (step: StepResult) => LatencySummary,
  samplesOf: (step: StepResult) => number,
  columns: number,
): Grid {
  const shown = latencyColumns.filter((column) => column.wideOnly !== true || columns >= wideColumns);
  return {
    kind: 'grid',
    title,
    columns: [left('step'), ...shown.map(({ heading }) => right(heading))],
    rows: results.map((step) => [
      { text: step.name },
      ...shown.map(({ key, percentile }): Cell => {
        const us = of(step)[key];
        const samples = samplesOf(step);
        return percentile === undefined ? durationCell(us, samples) : percentileCell(us, percentile, samples);
      }),
    ]),
    notes: unsureNote(Math.min(...results.map(samplesOf).filter((samples) => samples > 0)), [95, 99, 99.9]),
  };
}

function withNotes(grid: Grid, notes: readonly string[]): Grid {
  return { ...grid, notes: [...grid.notes, ...notes] };
}

/** In an open loop: how long the server took once asked, and how late it was asked. */
function openLoopGrids(results: readonly StepResult[], columns: number): Grid[] {
  const grid = (title: string, key: 'service' | 'lateness', note: string): Grid[] => {
    const open = results.filter((step) => step[key] !== undefined);
    if (open.length === 0) return [];
    const times = latencyGrid(
      title,
      open,
      (step) => step[key] as LatencySummary,
      (step) => step.ok,
      columns,
    );
    return [withNotes(times, [note])];
  };
  return [
    ...grid('Service time', 'service', 'from sending to the end of the response: what the server took'),
    ...grid('Start lateness', 'lateness', 'from when a request was due to its sending'),
  ];
}

function throughputGrid(results: readonly StepResult[], elapsedMs: number): Grid {
  const open = results.some((step) => step.dropped !== undefined);
  return {
    kind: 'grid',
    title: 'Throughput',
    columns: [
      left('step'),
      right('requests'),
      right('ok'),
      right('failed'),
      right('requests/s'),
      right('received'),
      right('received/s'),
      ...(open ? [right('late'), right('dropped')] : []),
    ],
    rows: results.map((step) => [
      { text: step.name },
      { text: formatCount(step.requests) },
      { text: formatCount(step.ok) },
      failedCell(step.failed),
      { text: formatCount(step.rps) },
      { text: formatBytes(step.bytesReceived) },
      { text: elapsedMs > 0 ? formatBytes(step.bytesReceived / (elapsedMs / 1e3)) : '–' },
      ...(open ? [{ text: formatCount(step.late ?? 0) }, failedCell(step.dropped ?? 0)] : []),
    ]),
    notes: [],
  };
}
