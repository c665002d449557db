import type * as v from 'valibot';
import { VariantFolder, type Variant } from '../core/variants.js';
import type { PlanNode } from './plan/node.js';
import type { StepCompiler } from './plan/step-compiler.js';
import type { Blueprint } from './run.js';

/**
 * What makes several steps of one: a file of its own in `expanders/`, found by listing that folder. Its id is
 * the key that asks for it. Nothing is copied: a million items are one step and a source of items.
 */
export interface Expander extends Variant {
  /** Of several in one step the one with the lowest rank counts, as in drill. */
  readonly rank: number;
  /** The keys that it adds to a step, for validation and for the schema of plans. */
  readonly entries: v.ObjectEntries;
  /** Whether this value of its key asks for it; drill ignores a value of another type. */
  readonly accepts: (value: PlanNode) => boolean;
  /** What a right value is, for the warning about a value that is ignored: `a list`. */
  readonly expected: string;
  /** True when it repeats the step's own action, false when other steps stand in for the step (which then needs none). */
  readonly repeatsAction: boolean;
  /** The steps; says in the step's diagnostics what is wrong. */
  readonly expand: (step: StepCompiler) => readonly Blueprint[];
}

export const expanders = new VariantFolder<Expander>(new URL('./expanders/', import.meta.url), 'expander');
