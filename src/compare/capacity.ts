import type { CapacityCandidate, CapacityTrial, DrillReport } from '../core/results.js';
import { type Threshold, judgeThreshold } from '../core/thresholds.js';
import { formatCount } from '../core/units.js';

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
/** How often a rate that does not hold a second time gives way to a lower one. */
const mostConfirmations = 4;

/**
 * The highest rate at which every objective is met:
 *
 *     growth         100  200  400  800 ✗         doubling, until one fails
 *     bisection      600 ✓  700 ✗  650 ✓ …        until the two ends are within 5 %
 *     confirmation   650 ✓                        once more; if not, 5 % lower
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
  for (let attempt = 0; sustained > 0; attempt++) {
    const met = await search.try(sustained, 'confirmation');
    if (met === true) return search.result(id, sustained, failed);
    if (met === undefined || attempt === mostConfirmations) break;
    failed = sustained;
    sustained = Math.floor(sustained * (1 - resolution));
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
    const results = this.#objectives.map((objective) => judgeThreshold(objective, report.total, report.steps));
    const unmet = results.find(({ met }) => !met);
    const reason = unmet === undefined ? shortfall(report) : `${unmet.text}: ${unmet.shown}`;
    if (reason !== undefined && rate <= (this.#reason?.rate ?? Infinity)) this.#reason = { rate, text: reason };
    this.trials.push({ rate, rps: report.total.rps, stage, objectives: results, met: reason === undefined });
    return reason === undefined;
  }

  result(id: string, sustainedRps: number, failedRps: number | undefined): CapacityCandidate {
    return {
      id,
      sustainedRps,
      ...(failedRps === undefined ? {} : { failedRps }),
      ...(this.#reason === undefined ? {} : { limitedBy: this.#reason.text }),
      trials: this.trials,
    };
  }
}

/** Why a run did not offer the rate that it was asked for, if so. */
function shortfall({ total, health }: DrillReport): string | undefined {
  const { dropped = 0, requests } = total;
  if (dropped > 0 && requests / (requests + dropped) < leastShareOffered)
    return `${formatCount(dropped)} starts were dropped: too many on their way`;
  return health.verdict === 'INVALID' ? `the generator: ${health.reasons[0] ?? 'not to be believed'}` : undefined;
}
