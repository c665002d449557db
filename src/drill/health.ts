import type { Health, SecondResult } from '../core/results.js';
import { formatCount, formatDurationUs, plural } from '../core/units.js';

/** What is known of a run that says whether its figures can be believed. */
export interface HealthFacts {
  readonly loop: 'closed' | 'open';
  /** Processor time over elapsed time of each generator thread, where the platform tells. */
  readonly generatorLoads: readonly number[];
  readonly requests: number;
  readonly failed: number;
  /** Requests that brought a response, whatever its status. */
  readonly answered: number;
  /** Open loop: what was due, started late, and never started. */
  readonly due: number;
  readonly late: number;
  readonly dropped: number;
  /** Closed loop over a time: the share of the clients' time that went into iterations. */
  readonly busyShare: number | undefined;
  /** The target is on this machine, so server and generator share its processors. */
  readonly sharedCores: number | undefined;
  readonly series: readonly SecondResult[];
  /** Found out before the start: descriptors or ports that may run short. */
  readonly limits: readonly string[];
}

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

/** PASS, WARN or INVALID, each with its reasons; the bounds are those of docs/load-models.md. */
export function assessHealth(facts: HealthFacts): Health {
  const invalid = [...silence(facts), ...saturation(facts), ...shortfall(facts)];
  const warnings = [
    ...failures(facts),
    ...business(facts),
    ...lateness(facts),
    ...littlesLaw(facts),
    ...drift(facts.series),
    ...facts.limits,
    ...(facts.sharedCores === undefined
      ? []
      : [
          `server and generator share the ${facts.sharedCores} ${plural(facts.sharedCores, 'processor')} of this machine`,
        ]),
  ];
  const verdict = invalid.length > 0 ? 'INVALID' : warnings.length > 0 ? 'WARN' : 'PASS';
  return { verdict, reasons: [...invalid, ...warnings] };
}

function silence({ requests, answered }: HealthFacts): string[] {
  return requests > 0 && answered === 0 ? ['not one request was answered'] : [];
}

/** Latencies are those of successful requests: who fails many must not look quick. */
function failures({ requests, failed, answered }: HealthFacts): string[] {
  if (answered === 0 || failed / requests <= 0.01) return [];
  return [`${formatCount(failed)} of ${formatCount(requests)} ${plural(requests, 'request')} failed`];
}

function saturation({ loop, generatorLoads }: HealthFacts): string[] {
  const most = Math.max(0, ...generatorLoads);
  if (loop === 'closed' || most <= 0.95) return [];
  return [`the generator used ${percent(most)} of a processor: it could not keep its schedule (try --threads)`];
}

function business({ loop, generatorLoads }: HealthFacts): string[] {
  const most = Math.max(0, ...generatorLoads);
  if (most <= 0.8 || (loop === 'open' && most > 0.95)) return [];
  return [`the generator used ${percent(most)} of a processor: it may be what was measured (try --threads)`];
}

function shortfall({ due, dropped }: HealthFacts): string[] {
  if (due === 0 || dropped / due <= 0.02) return [];
  return [
    `${percent(dropped / due)} of the asked rate was not sent: ${droppedStarts(dropped)}, because --max-in-flight were on their way`,
  ];
}

const droppedStarts = (dropped: number): string =>
  `${formatCount(dropped)} ${dropped === 1 ? 'start was' : 'starts were'} dropped`;

function lateness({ due, late, dropped }: HealthFacts): string[] {
  const started = due - dropped;
  return [
    ...(due > 0 && dropped > 0 && dropped / due <= 0.02 ? [droppedStarts(dropped)] : []),
    ...(started > 0 && late / started > 0.01 ? [`${percent(late / started)} of the requests started late`] : []),
  ];
}

/** N clients that wait all the time: N = throughput × time in the system (Little 1961). What is missing was lost here. */
function littlesLaw({ busyShare = 1 }: HealthFacts): string[] {
  const residual = 1 - busyShare;
  if (residual <= 0.02) return [];
  return [`${percent(residual)} of the clients' time was spent outside of requests (Little's law)`];
}

/** Fewer seconds than this say nothing about a trend. */
const minSeconds = 9;

function drift(series: readonly SecondResult[]): string[] {
  // The last second is rarely a whole one.
  const seconds = series.slice(0, -1);
  if (seconds.length < minSeconds) return [];
  const third = Math.floor(seconds.length / 3);
  const first = median(seconds.slice(0, third).map(({ p50Us }) => p50Us));
  const last = median(seconds.slice(-third).map(({ p50Us }) => p50Us));
  if (first === 0 || Math.abs(last - first) / first <= 0.25) return [];
  return [
    `the median time went from ${formatDurationUs(first)} in the first third of the run to ${formatDurationUs(last)} in the last: it was not steady`,
  ];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
