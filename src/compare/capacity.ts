import { answeredPerSecond } from '../core/answered.js';
import { ExitCode, UserError } from '../core/errors.js';
import { failedPercent } from '../core/failures.js';
import type {
  Backlog,
  CapacityCandidate,
  CapacityLimit,
  CapacityTrial,
  DrillReport,
  ThresholdResult,
} from '../core/results.js';
import { nearest } from '../core/nearest.js';
import { type Threshold, judgeDrive, judgesAllSteps } from '../core/thresholds.js';
import { formatCount } from '../core/units.js';
import { healthOf } from './merge.js';

/** Drives one candidate at a rate; `undefined` when interrupted. */
export type TryRate = (rate: number, stage: CapacityTrial['stage']) => Promise<DrillReport | undefined>;

export interface CapacityOptions {
  readonly objectives: readonly Threshold[];
  readonly fromRate: number;
  /** The search ends here at the latest. */
  readonly toRate: number;
  /** Whether a rate can be brought at all: low ones hold no whole intervals in a short trial. */
  readonly canBring: (rate: number) => boolean;
}

/** How near the search comes: the sustained and the failed rate differ by no more than this share. */
const resolution = 0.05;
/** A rate that was not offered was not sustained. */
const leastShareOffered = 0.98;
/** Nor was one while so large a share of what was started piled up. */
const mostSharePiledUp = 0.05;
/** Nor one of whose requests more failed, unless an objective says how many may. */
const mostFailedPercent = 1;

/**
 * The highest rate, in iterations of the plan per second, at which every objective is met and nothing piles up:
 *
 *     growth         100  200  400  800 ✗         doubling, until one fails
 *     bisection      600 ✓  700 ✗  650 ✓ …        until the two ends are within 5 %
 *     confirmation   650 ✓                        once more; if not, the next lower rate that was met
 *
 * @throws {UserError} when an objective is of a step that the plan does not run, or an assert stops the plan
 */
export async function findCapacity(id: string, tryRate: TryRate, options: CapacityOptions): Promise<CapacityCandidate> {
  const search = new Search(tryRate, options.objectives);
  let sustained = 0;
  let failed: number | undefined;
  for (let rate = options.fromRate; failed === undefined; rate = Math.min(rate * 2, options.toRate)) {
    const met = await search.try(rate, 'growth');
    if (met === undefined) return search.interrupted(id);
    if (met) sustained = rate;
    else failed = rate;
    if (met && rate >= options.toRate) break;
  }
  while (failed !== undefined && failed - sustained > Math.max(1, resolution * failed)) {
    const middle = Math.round((sustained + failed) / 2);
    if (!options.canBring(middle)) break;
    const met = await search.try(middle, 'bisection');
    if (met === undefined) return search.interrupted(id);
    if (met) sustained = middle;
    else failed = middle;
  }
  for (let rate = sustained; rate > 0; rate = search.highestMetBelow(rate)) {
    const met = await search.try(rate, 'confirmation');
    if (met === undefined) return search.interrupted(id);
    if (met) return search.result(id, rate);
  }
  return search.result(id, 0);
}

/** Why a rate was not sustained. */
interface Miss {
  readonly rate: number;
  readonly limit: CapacityLimit;
  readonly reason: string;
}

class Search {
  readonly #trials: CapacityTrial[] = [];
  readonly #misses: Miss[] = [];
  readonly #tryRate: TryRate;
  readonly #objectives: readonly Threshold[];

  constructor(tryRate: TryRate, objectives: readonly Threshold[]) {
    this.#tryRate = tryRate;
    this.#objectives = objectives;
  }

  /** Whether the objectives were met at a rate; `undefined` when interrupted. */
  async try(rate: number, stage: CapacityTrial['stage']): Promise<boolean | undefined> {
    const report = await this.#tryRate(rate, stage);
    if (report === undefined) return undefined;
    if (report.stopped !== undefined) throw new UserError(report.stopped, { exitCode: ExitCode.runFailed });
    if (this.#trials.length === 0) refuseUnknownSteps(this.#objectives, report);
    const objectives = this.#objectives.map((objective) => judgeDrive(objective, report));
    const miss = missOf(objectives, report);
    if (miss !== undefined) this.#misses.push({ rate, ...miss });
    const { requests, failed, latency } = report.total;
    const rps = answeredPerSecond(report.total);
    const met = miss === undefined;
    this.#trials.push({ rate, rps, requests, failed, latency, stage, objectives, met, health: healthOf(report) });
    return met;
  }

  /** The next rate to confirm when `rate` did not hold a second time; 0 when there is none. */
  highestMetBelow(rate: number): number {
    const lower = this.#trials.filter((trial) => trial.met && trial.rate <= rate * (1 - resolution));
    return Math.max(0, ...lower.map((trial) => trial.rate));
  }

  result(id: string, sustainedRate: number): CapacityCandidate {
    // A rate that was missed once and is sustained all the same was noise; what limits is the next one up.
    const [next] = this.#misses.filter(({ rate }) => rate > sustainedRate).toSorted((a, b) => a.rate - b.rate);
    return {
      id,
      sustainedRate,
      limit: next?.limit ?? 'end',
      ...(next === undefined ? {} : { failedRate: next.rate, limitedBy: next.reason }),
      trials: this.#trials,
    };
  }

  interrupted(id: string): CapacityCandidate {
    return { id, sustainedRate: 0, trials: this.#trials };
  }
}

/**
 * An objective of a step that never runs would never be met.
 * @throws {UserError}
 */
function refuseUnknownSteps(objectives: readonly Threshold[], { steps }: DrillReport): void {
  const names = steps.map(({ name }) => name);
  const unknown = objectives.find(({ step }) => step !== undefined && !names.includes(step))?.step;
  // Where nothing was answered, no step has shown itself.
  if (unknown === undefined || names.length === 0) return;
  const guess = nearest(unknown, names);
  const meant = guess === undefined ? '' : `, did you mean '${guess}'?`;
  throw new UserError(`--slo: the plan runs no step '${unknown}'${meant}`, { hint: `steps: ${names.join(', ')}` });
}

/** Why a trial does not count as met, if so. */
function missOf(
  objectives: readonly ThresholdResult[],
  { total, health, backlog }: DrillReport,
): Omit<Miss, 'rate'> | undefined {
  const { dropped = 0, requests, failed, errors } = total;
  if (requests === failed) {
    const why = errors[0] === undefined ? '' : `: ${errors[0].message}`;
    return { limit: 'objective', reason: `not one request was answered as it should${why}` };
  }
  const unmet = objectives.find(({ met }) => !met);
  if (unmet !== undefined) return { limit: 'objective', reason: `${unmet.text}: ${unmet.shown}` };
  const percent = failedPercent(total);
  if (percent > mostFailedPercent && !judgesAllSteps(objectives, 'errors'))
    return {
      limit: 'objective',
      reason: `${percent.toFixed(1)} % of its requests failed: ${errors[0]?.message ?? ''}`,
    };
  if (dropped > 0 && requests / (requests + dropped) < leastShareOffered)
    return {
      limit: 'objective',
      reason: `${formatCount(dropped)} ${dropped === 1 ? 'start was' : 'starts were'} dropped: too many on their way`,
    };
  if (backlog !== undefined && pilesUp(backlog)) {
    const [halfway, end] = [formatCount(backlog.halfway), formatCount(backlog.end)];
    return { limit: 'objective', reason: `it fell behind: ${halfway} on their way at half time, ${end} at the end` };
  }
  if (health.verdict !== 'INVALID') return undefined;
  return { limit: 'generator', reason: `the generator: ${health.reasons[0] ?? 'not to be believed'}` };
}

/** Whether iterations came faster than the server ended them, by more than their number comes and goes by chance. */
function pilesUp({ halfway, end, started }: Backlog): boolean {
  return end - halfway > mostSharePiledUp * started + 3 * Math.sqrt(Math.max(1, halfway));
}
