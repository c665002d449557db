import type * as v from 'valibot';
import { VariantFolder, type Variant } from '../core/variants.js';
import type { Iteration } from './iteration.js';
import type { PlanNode } from './plan/node.js';
import type { StepCompiler } from './plan/step-compiler.js';
import type { ResponseValue } from './request/response-value.js';

/** What a check looks at. */
export interface Checked {
  readonly response: ResponseValue;
  /** From sending to the last byte of the response. */
  readonly elapsedMs: number;
  readonly iteration: Iteration;
}

/** What is wrong, in a few words that are the same for the same mistake; `undefined` when it holds. */
export type CompiledCheck = (checked: Checked) => string | undefined;

/**
 * Something to check of a response, counted without stopping the run: a file of its own in `checks/`, found by
 * listing that folder. Its id is its key in the items of a step's `check:` list.
 */
export interface Check<S extends v.GenericSchema = v.GenericSchema> extends Variant {
  /** What it looks at: its row in docs/plans.md. */
  readonly summary: string;
  readonly schema: S;
  readonly keepsHeaders: boolean;
  readonly keepsBody: boolean;
  /** @param at where its value stands, for what is wrong with it beyond its schema */
  readonly compile: (config: v.InferOutput<S>, step: StepCompiler, at: PlanNode) => CompiledCheck;
}

/** Keeps the exact type of the schema, which `compile` gets its argument from. */
export function defineCheck<const S extends v.GenericSchema>(check: Check<S>): Check<S> {
  return check;
}

export const checks = new VariantFolder<Check>(new URL('./checks/', import.meta.url), 'check');
