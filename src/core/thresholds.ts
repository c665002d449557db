import { answeredPerSecond } from './answered.js';
import { nearest } from './nearest.js';
import type { DrillReport, ErrorCount, LatencySummary, StepResult, ThresholdResult } from './results.js';
import { formatCount, formatDurationUs, parseCount, parseDurationMs } from './units.js';

/** A condition on a result: `p99 < 250ms`, `errors < 1%`, `rps > 100`, `step 'login' p95 < 80ms`. */
export interface Threshold {
  /** As the user wrote it. */
  readonly text: string;
  /** Absent for all steps together. */
  readonly step?: string;
  readonly metric: ThresholdMetric;
  readonly operator: Operator;
  /** In the metric's unit: microseconds, successful requests per second, percent or a count. */
  readonly limit: number;
  /** `errors < 1%` counts in percent of the requests, `errors < 5` in requests. */
  readonly inPercent: boolean;
}

const latencyKeys = {
  min: 'minUs',
  p50: 'p50Us',
  p75: 'p75Us',
  p90: 'p90Us',
  p95: 'p95Us',
  p99: 'p99Us',
  'p99.9': 'p999Us',
  max: 'maxUs',
  mean: 'meanUs',
} as const satisfies Record<string, keyof LatencySummary>;

const metricNames = [...Object.keys(latencyKeys), 'rps', 'errors', 'requests'] as ThresholdMetric[];
export type ThresholdMetric = keyof typeof latencyKeys | 'rps' | 'errors' | 'requests';

const operators = {
  '<': (value: number, limit: number) => value < limit,
  '<=': (value: number, limit: number) => value <= limit,
  '>': (value: number, limit: number) => value > limit,
  '>=': (value: number, limit: number) => value >= limit,
  '==': (value: number, limit: number) => value === limit,
} as const;
type Operator = keyof typeof operators;

/** Any text that may be one; names in it as they are usually written. */
export const thresholdPattern = new RegExp(
  `^\\s*(?:step\\s+(?:'[^']*'|"[^"]*")\\s+)?(?:${metricNames.join('|').replaceAll('.', '\\.')})\\s*(?:<=|>=|==|<|>)\\s*\\S`,
  'i',
);

/** The condition in a text, or one sentence on what is wrong with it. */
export function parseThreshold(text: string): Threshold | { readonly wrong: string } {
  const match = /^(?:step\s+(?:'([^']*)'|"([^"]*)")\s+)?([a-z][a-z0-9.]*)\s*(<=|>=|==|<|>)\s*(\S.*?)\s*$/i.exec(
    text.trim(),
  );
  if (match === null)
    return {
      wrong: `'${text}' is no threshold: expected METRIC < VALUE, such as "p99 < 250ms" or "step 'login' errors < 1%"`,
    };
  const [, single, double, name = '', operator, value = ''] = match;
  const metric = metricNames.find((known) => known === name.toLowerCase());
  if (metric === undefined) {
    const guess = nearest(name, metricNames);
    return {
      wrong: `'${text}': unknown metric '${name}'${guess === undefined ? '' : `, did you mean '${guess}'?`} (known: ${metricNames.join(', ')})`,
    };
  }
  const limit = parseLimit(metric, value);
  if (limit === undefined)
    return { wrong: `'${text}': ${metric} is compared with ${expectedLimit(metric)}, found '${value}'` };
  const step = single ?? double;
  return {
    text,
    ...(step === undefined ? {} : { step }),
    metric,
    operator: operator as Operator,
    limit,
    inPercent: value.endsWith('%'),
  };
}

function isLatency(metric: ThresholdMetric): metric is keyof typeof latencyKeys {
  return metric in latencyKeys;
}

function parseLimit(metric: ThresholdMetric, value: string): number | undefined {
  if (isLatency(metric)) {
    // A bare number would be seconds to one reader and milliseconds to the next.
    const ms = /[a-zµ]$/.test(value) ? parseDurationMs(value) : undefined;
    return ms === undefined ? undefined : ms * 1000;
  }
  if (metric === 'errors' && value.endsWith('%')) {
    const percent = Number(value.slice(0, -1));
    return Number.isFinite(percent) && percent >= 0 ? percent : undefined;
  }
  return parseCount(metric === 'rps' ? value.replace(/\/s$/, '') : value);
}

function expectedLimit(metric: ThresholdMetric): string {
  if (isLatency(metric)) return 'a duration with its unit, such as 250ms';
  if (metric === 'errors') return 'a share such as 0.1% or a number of requests';
  return 'a number';
}

/** Whether one of them is about a metric of all steps together. */
export function judgesAllSteps(
  thresholds: readonly Pick<ThresholdResult, 'metric' | 'step'>[],
  wanted: ThresholdMetric,
): boolean {
  return thresholds.some(({ metric, step }) => metric === wanted && step === undefined);
}

/** What thresholds are judged by: a step, or all steps together. */
export interface Judged {
  readonly name?: string;
  readonly requests: number;
  readonly failed: number;
  /** Successful requests per second. */
  readonly rps: number;
  readonly latency: LatencySummary;
  readonly errors?: readonly ErrorCount[];
}

/** Whether a drive meets a condition. Its own rate counts failed requests too. */
export function judgeDrive(
  threshold: Threshold,
  { total, steps }: Pick<DrillReport, 'total' | 'steps'>,
): ThresholdResult {
  return judgeThreshold(threshold, judgedStep(total), steps.map(judgedStep));
}

const judgedStep = (step: StepResult): Judged => ({ ...step, rps: answeredPerSecond(step) });

/** Whether a result meets a condition. One without any request, or without the step, meets none. */
export function judgeThreshold(threshold: Threshold, total: Judged, steps: readonly Judged[]): ThresholdResult {
  const { text, step, metric, operator, limit } = threshold;
  const judged = step === undefined ? total : steps.find(({ name }) => name === step);
  const value = judged === undefined ? undefined : valueOf(threshold, judged);
  return {
    text,
    ...(step === undefined ? {} : { step }),
    metric,
    limit,
    ...(value === undefined ? {} : { value }),
    shown:
      value === undefined
        ? judged === undefined
          ? `there is no step '${step}'`
          : 'nothing to judge'
        : show(threshold, value),
    met: value !== undefined && operators[operator](value, limit),
  };
}

function valueOf({ metric, inPercent }: Threshold, judged: Judged): number | undefined {
  if (metric === 'requests') return judged.requests;
  if (judged.requests === 0) return undefined;
  if (metric === 'errors') return inPercent ? (judged.failed / judged.requests) * 100 : judged.failed;
  if (metric === 'rps') return judged.rps;
  return judged.requests === judged.failed ? undefined : judged.latency[latencyKeys[metric]];
}

function show({ metric, inPercent }: Threshold, value: number): string {
  if (isLatency(metric)) return formatDurationUs(value);
  return metric === 'errors' && inPercent ? `${Number(value.toPrecision(3))}%` : formatCount(value);
}
