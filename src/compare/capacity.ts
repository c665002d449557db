import type { CapacityCandidate, CapacityTrial, DrillReport } from '../core/results.js';
import { UserError } from '../core/errors.js';
import { nearest } from '../core/nearest.js';
import { type Threshold, judgeThreshold } from '../core/thresholds.js';
import { formatCount } from '../core/units.js';
import { healthOf } from './merge.js';

/** Drives one candidate at a rate; `undefined` when interrupted. */
export type TryRate = (rate: number, stage: CapacityTrial['stage']) => Promise<DrillReport | undefined>;

export interface CapacityOptions {
  readonly objectives: readonly Threshold[];
  readonly fromRate: number;
  /** The search ends here at the latest. */
  readonly toRate: number;
}

/** How near the search comes: the sustained and the failed rate differ by no more than this share. */
const resolution = 0.05;
/** A rate that was not offered was not sustained. */
const leastShareOffered = 0.98;
/**
 * The highest rate, in iterations of the plan per second, at which every objective is met:
 *
 *     growth         100  200  400  800 ✗         doubling, until one fails
 *     bisection      600 ✓  700 ✗  650 ✓ …        until the two ends are within 5 %
 *     confirmation   650 ✓                        once more; if not, the next lower rate that was met
 *
 * @throws {UserError} when an objective is of a step that the plan does not run
 */
export async function findCapacity(id: string, tryRate: TryRate, options: CapacityOptions): Promise<CapacityCandidate> {
  const search = new Search(tryRate, options.objectives);
  let sustained = 0;
  let failed: number | undefined;
  for (let rate = options.fromRate; failed === undefined; rate = Math.min(rate * 2, options.toRate)) {
    const met = await search.try(rate, 'growth');
    if (met === undefined) return search.result(id, 0, undefined);
    if (met) sustained = rate;
    else failed = rate;
    if (met && rate >= options.toRate) break;
  }
  while (failed !== undefined && failed - sustained > Math.max(1, resolution * failed)) {
    const middle = Math.round((sustained + failed) / 2);
    const met = await search.try(middle, 'bisection');
    if (met === undefined) return search.result(id, 0, failed);
    if (met) sustained = middle;
    else failed = middle;
  }
  for (let rate = sustained; rate > 0; rate = search.highestMetBelow(rate)) {
    const met = await search.try(rate, 'confirmation');
    if (met === undefined) break;
    if (met) return search.result(id, rate, failed);
    failed = rate;
  }
  return search.result(id, 0, failed);
}

class Search {
  readonly trials: CapacityTrial[] = [];
  readonly #tryRate: TryRate;
  readonly #objectives: readonly Threshold[];
  /** Why the lowest rate that failed did so. */
  #reason: { readonly rate: number; readonly text: string } | undefined;

  constructor(tryRate: TryRate, objectives: readonly Threshold[]) {
    this.#tryRate = tryRate;
    this.#objectives = objectives;
  }

  /** Whether the objectives were met at a rate; `undefined` when interrupted. */
  async try(rate: number, stage: CapacityTrial['stage']): Promise<boolean | undefined> {
    const report = await this.#tryRate(rate, stage);
    if (report === undefined) return undefined;
    refuseUnknownSteps(this.#objectives, report);
    const results = this.#objectives.map((objective) => judgeThreshold(objective, report.total, report.steps));
    const unmet = results.find(({ met }) => !met);
    const reason = silence(report) ?? (unmet === undefined ? shortfall(report) : `${unmet.text}: ${unmet.shown}`);
    if (reason !== undefined && rate <= (this.#reason?.rate ?? Infinity)) this.#reason = { rate, text: reason };
    const { requests, failed, rps, latency } = report.total;
    const met = reason === undefined;
    this.trials.push({
      rate,
      rps,
      requests,
      failed,
      latency,
      stage,
      objectives: results,
      met,
      health: healthOf(report),
    });
    return met;
  }

  /** The next rate to confirm when `rate` did not hold a second time; 0 when there is none. */
  highestMetBelow(rate: number): number {
    const lower = this.trials.filter((trial) => trial.met && trial.rate <= rate * (1 - resolution));
    return Math.max(0, ...lower.map((trial) => trial.rate));
  }

  result(id: string, sustainedRate: number, failedRate: number | undefined): CapacityCandidate {
    return {
      id,
      sustainedRate,
      ...(failedRate === undefined ? {} : { failedRate }),
      ...(this.#reason === undefined ? {} : { limitedBy: this.#reason.text }),
      trials: this.trials,
    };
  }
}

/** An objective of a step that never runs would never be met. */
function refuseUnknownSteps(objectives: readonly Threshold[], { steps }: DrillReport): void {
  const names = steps.map(({ name }) => name);
  const unknown = objectives.find(({ step }) => step !== undefined && !names.includes(step))?.step;
  if (unknown === undefined) return;
  const guess = nearest(unknown, names);
  const meant = guess === undefined ? '' : `, did you mean '${guess}'?`;
  throw new UserError(`no step '${unknown}' was run${meant}`, { hint: `steps: ${names.join(', ')}` });
}

function silence({ total: { requests, failed, errors } }: DrillReport): string | undefined {
  if (requests > failed) return undefined;
  return `not one request was answered as it should${errors[0] === undefined ? '' : `: ${errors[0].message}`}`;
}

/** Why a run did not offer the rate that it was asked for, if so. */
function shortfall({ total, health }: DrillReport): string | undefined {
  const { dropped = 0, requests } = total;
  if (dropped > 0 && requests / (requests + dropped) < leastShareOffered)
    return `${formatCount(dropped)} starts were dropped: too many on their way`;
  return health.verdict === 'INVALID' ? `the generator: ${health.reasons[0] ?? 'not to be believed'}` : undefined;
}
