import * as v from 'valibot';
import type { Iteration } from './iteration.js';
import type { PlanNode } from './plan/node.js';
import { boolean, number, string } from './plan/schema.js';
import type { StepCompiler } from './plan/step-compiler.js';
import type { Run } from './run.js';
import type { BoundTemplate } from './template.js';
import { Float, render, type Value } from './value.js';

const scalar = v.union(
  [v.string(), v.number(), v.bigint(), v.boolean(), v.null(), v.instance(Float)],
  'a text, a number, true, false or null',
);

/** How a value may be compared; all that are given must hold. Texts of `equals`, `not` and `contains` are interpolated. */
export const operatorEntries = {
  equals: v.optional(scalar),
  not: v.optional(scalar),
  contains: v.optional(string),
  matches: v.optional(string),
  above: v.optional(number),
  below: v.optional(number),
  exists: v.optional(boolean),
};

type Config = { readonly [K in keyof typeof operatorEntries]?: v.InferOutput<(typeof operatorEntries)[K]> };

/** What is wrong with a value, in a few words; `undefined` when all holds. */
export type Comparison = (value: Value | undefined, iteration: Iteration) => string | undefined;

/** Texts compare as drill's assert does: 200 equals "200". */
export function compileOperators(config: Config, step: StepCompiler, at: PlanNode): Comparison {
  const comparisons: Comparison[] = [];
  const wanted = (value: Value, key: string): ((iteration: Iteration) => string) => {
    const template = step.template(render(value), at.locate([key]));
    if (template.literal !== undefined) return () => template.literal as string;
    let boundTo: Run | undefined;
    let bound: BoundTemplate | undefined;
    return (iteration) => {
      if (bound === undefined || boundTo !== iteration.run) {
        boundTo = iteration.run;
        bound = template.bind(iteration.run);
      }
      return bound.render(iteration);
    };
  };
  if (config.equals !== undefined) {
    const text = wanted(config.equals, 'equals');
    comparisons.push((value, iteration) =>
      unless(found(value) === text(iteration), `expected '${text(iteration)}'`, value),
    );
  }
  if (config.not !== undefined) {
    const text = wanted(config.not, 'not');
    comparisons.push((value, iteration) =>
      unless(found(value) !== text(iteration), `expected another than '${text(iteration)}'`, value),
    );
  }
  if (config.contains !== undefined) {
    const text = wanted(config.contains, 'contains');
    comparisons.push((value, iteration) =>
      unless(found(value)?.includes(text(iteration)) ?? false, `expected to contain '${text(iteration)}'`, value),
    );
  }
  if (config.matches !== undefined) {
    const pattern = compilePattern(config.matches, step, at.locate(['matches']));
    comparisons.push((value) => unless(pattern.test(found(value) ?? ''), `expected to match ${pattern}`, value));
  }
  const { above, below, exists } = config;
  if (above !== undefined)
    comparisons.push((value) => unless(asNumber(value) > above, `expected more than ${above}`, value));
  if (below !== undefined)
    comparisons.push((value) => unless(asNumber(value) < below, `expected less than ${below}`, value));
  if (exists !== undefined)
    comparisons.push((value) =>
      (value !== undefined) === exists ? undefined : exists ? 'expected to be there' : 'expected not to be there',
    );
  if (comparisons.length === 0)
    step.diagnostics.error(
      at,
      `this compares with nothing: expected one of ${Object.keys(operatorEntries).join(', ')}`,
    );
  return (value, iteration) => {
    for (const compare of comparisons) {
      const wrong = compare(value, iteration);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

/** A regular expression of the plan; what is wrong with it is said. */
export function compilePattern(source: string, step: StepCompiler, at: PlanNode): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    step.diagnostics.error(
      at,
      `not a regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, '')}`,
    );
    return /$^/;
  }
}

function found(value: Value | undefined): string | undefined {
  return value === undefined ? undefined : render(value);
}

function asNumber(value: Value | undefined): number {
  const text = found(value)?.trim() ?? '';
  return text === '' ? Number.NaN : Number(text);
}

function unless(holds: boolean, expected: string, value: Value | undefined): string | undefined {
  if (holds) return undefined;
  const text = found(value);
  return `${expected}, ${text === undefined ? 'found nothing' : `found '${text.length > 40 ? `${text.slice(0, 39)}…` : text}'`}`;
}
