import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { VariantFolder, type Variant } from '../core/variants.js';

/** Makes a fresh text each time it is called. */
export type Generate = (context: {
  /** Follows from the run's printed seed and the number of the iteration, whatever runs beside it. */
  readonly random: RandomGenerator;
}) => string;

/**
 * A source of fresh values, `{{ $name(arguments) }}` in a plan: a file of its own in `value-generators/`, found by
 * listing that folder. Its id is its name without the `$`.
 */
export interface ValueGenerator extends Variant {
  /** What it gives: its row in docs/plans.md. */
  readonly summary: string;
  /** The generator for arguments as they stand in the plan, or what is wrong with them: `expects two whole numbers`. */
  readonly create: (values: readonly string[]) => Generate | { readonly problem: string };
}

export const valueGenerators = new VariantFolder<ValueGenerator>(
  new URL('./value-generators/', import.meta.url),
  'generator',
);
