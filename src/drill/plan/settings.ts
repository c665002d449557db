import * as v from 'valibot';
import { parseThreshold, type Threshold } from '../../core/thresholds.js';
import type { Load } from '../pacer.js';
import { fromEnvironment } from '../template.js';
import type { Diagnostics } from './diagnostics.js';
import type { PlanNode } from './node.js';
import { anything, duration, integer, lenient, string } from './schema.js';
import { describe, validate } from './validate.js';

/** A number, or a text that the environment makes one of. */
const count = v.union([integer, string], 'a whole number, or a text with a variable of the environment');

/** The keys at the top of a plan, beside `plan` itself. */
export const settingEntries = {
  base: lenient(string),
  concurrency: lenient(count),
  iterations: lenient(count),
  rampup: lenient(count),
  headers: v.optional(v.record(v.string(), v.string('a text'))),
  timeout: v.optional(duration),
  thresholds: v.optional(v.array(string, 'a list of texts such as "p99 < 250ms"')),
};

/** What the command line sets over the plan. */
export interface Overrides {
  readonly base?: string;
  readonly concurrency?: number;
  readonly iterations?: number;
  readonly rampMs?: number;
}

export interface PlanSettings {
  readonly base: string;
  readonly load: Load;
  /** Time for each request, where the plan says one. */
  readonly timeoutMs: number | undefined;
  readonly headers: PlanNode | undefined;
  readonly thresholds: readonly Threshold[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings of a plan; what is wrong with them goes to `diagnostics`. */
export function readSettings(
  plan: PlanNode,
  env: Environment,
  overrides: Overrides,
  diagnostics: Diagnostics,
): PlanSettings {
  const config = validate(v.object({ ...settingEntries, plan: v.optional(anything) }), plan, diagnostics);
  return {
    base: overrides.base ?? readBase(plan, env, diagnostics),
    load: readLoad(plan, env, overrides, diagnostics),
    timeoutMs: config?.timeout,
    headers: plan.get('headers'),
    thresholds: readThresholds(plan, diagnostics),
  };
}

/** The conditions on the result; each that is wrong is said at its place. */
function readThresholds(plan: PlanNode, diagnostics: Diagnostics): readonly Threshold[] {
  const items = plan.get('thresholds')?.items() ?? [];
  return items.flatMap((item) => {
    if (typeof item.value !== 'string') return [];
    const threshold = parseThreshold(item.value);
    if (!('wrong' in threshold)) return [threshold];
    diagnostics.error(item, threshold.wrong);
    return [];
  });
}

/** Only the environment fills `base`, and a variable that it lacks is an error even in a relaxed run. */
function readBase(plan: PlanNode, env: Environment, diagnostics: Diagnostics): string {
  const node = plan.get('base');
  if (typeof node?.value !== 'string') return '';
  return fromEnvironment(node.value, env, (name) => {
    diagnostics.error(node, `'base': the environment has no variable '${name}'`);
    return '';
  });
}

function readLoad(plan: PlanNode, env: Environment, overrides: Overrides, diagnostics: Diagnostics): Load {
  const iterations = overrides.iterations ?? readCount('iterations', 1, plan, env, diagnostics);
  const concurrency = overrides.concurrency ?? readCount('concurrency', iterations, plan, env, diagnostics);
  const rampMs = overrides.rampMs ?? readCount('rampup', 0, plan, env, diagnostics) * 1000;
  for (const [key, value] of Object.entries({ iterations, concurrency }))
    if (value === 0) diagnostics.error(plan.get(key) ?? plan, `'${key}': expected a whole number from 1, found 0`);
  if (concurrency > iterations) {
    const asked = overrides.iterations === undefined || overrides.concurrency !== undefined;
    const message = `'concurrency' is ${concurrency}, more than the ${iterations} ${iterations === 1 ? 'iteration' : 'iterations'} there are`;
    if (asked) diagnostics.error(plan.get('concurrency') ?? plan, message);
    else return { iterations, concurrency: iterations, rampMs };
  }
  return { iterations, concurrency, rampMs };
}

/** A number, or a text that the environment fills. What drill cannot use is said, and the default taken. */
function readCount(key: string, fallback: number, plan: PlanNode, env: Environment, diagnostics: Diagnostics): number {
  const node = plan.get(key);
  if (node === undefined) return fallback;
  const { value } = node;
  // Another type is ignored, and validation has said so.
  if (typeof value !== 'string' && !Number.isInteger(value)) return fallback;
  const written =
    typeof value === 'string'
      ? fromEnvironment(value, env, (name) => {
          diagnostics.warn(node, `'${key}': the environment has no variable '${name}'`);
          return '';
        })
      : value;
  const found = typeof written === 'string' && /^[+-]?\d+$/.test(written) ? Number(written) : written;
  if (typeof found === 'number' && Number.isSafeInteger(found) && found >= 0) return found;
  diagnostics.warn(node, `'${key}': expected a whole number from 0, found ${describe(found)}; ${fallback} is taken`);
  return fallback;
}
