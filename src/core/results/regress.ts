import type { Environment, RunRecord, ThresholdResult } from '../results.js';
import type { CompareReport, Effect } from './compare.js';

/**
 * `slower` fails the build; `inconclusive` (the noise is too large, or there was nothing to judge) and `incomparable`
 * (not measured alike) do so only when asked for (`--strict`).
 */
export type RegressOutcome = 'pass' | 'slower' | 'threshold' | 'inconclusive' | 'incomparable';

/** One metric of one step (or of all together) that may fail the build. */
export interface Gate extends Effect {
  /** Whether a second, independent run found it slower too; absent when there was none. */
  readonly confirmed?: boolean;
  readonly fails: boolean;
}

export interface RegressReport extends RunRecord {
  readonly kind: 'regress';
  readonly outcome: RegressOutcome;
  /** Where the baseline comes from: a file, or the id of a candidate driven beside the new one. */
  readonly baseline: { readonly source: string; readonly startedAt: string; readonly environment: Environment };
  /** In what the machines or the plan differ; when in anything, nothing fails but thresholds. */
  readonly differences: readonly string[];
  readonly gates: readonly Gate[];
  readonly thresholds: readonly ThresholdResult[];
  /** Both sides in full. */
  readonly comparison: CompareReport;
}
