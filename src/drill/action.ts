import type * as v from 'valibot';
import { VariantFolder, type Variant } from '../core/variants.js';
import type { StepCompiler } from './plan/step-compiler.js';
import type { Blueprint } from './run.js';

/**
 * What a step can do: a file of its own in `actions/`, found by listing that folder. Its id is the key of the
 * step that it belongs to. One file tells its whole story: what may stand there, and what it then does.
 */
export interface Action<E extends v.ObjectEntries = v.ObjectEntries> extends Variant {
  /** A step with the keys of several actions is the one with the lowest rank, as in drill. */
  readonly rank: number;
  /** The keys that such a step may have beside `name` and `tags`; the one named like the action is a mapping. */
  readonly entries: E;
  /** Whether `with_items` and its like apply. */
  readonly repeats: boolean;
  /** Says what more is wrong with a step that has wrong keys or values, so that all is said at once. */
  readonly examine?: (step: StepCompiler) => void;
  /** Makes the step once the keys are known to be right; `undefined` when it found (and said) more that is wrong. */
  readonly compile: (
    config: v.InferOutput<v.ObjectSchema<E, undefined>> & { readonly name: string },
    step: StepCompiler,
  ) => Blueprint | undefined;
}

/** Keeps the exact type of the entries, which `compile` gets its argument from. */
export function defineAction<const E extends v.ObjectEntries>(action: Action<E>): Action<E> {
  return action;
}

export const actions = new VariantFolder<Action>(new URL('./actions/', import.meta.url), 'action');
