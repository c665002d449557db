import * as v from 'valibot';
import { thresholdPattern } from '../../core/thresholds.js';
import type { Load } from '../pacer.js';
import { fromEnvironment } from '../template.js';
import type { Diagnostics } from './diagnostics.js';
import type { PlanNode } from './node.js';
import { loadEntries, readLoad, type LoadOverrides } from './load-settings.js';
import { anything, duration, lenient, string, texts } from './schema.js';
import { validate } from './validate.js';

const thresholdText = v.pipe(string, v.metadata({ pattern: thresholdPattern.source }));

/** The keys at the top of a plan, beside `plan` itself. */
export const settingEntries = {
  base: lenient(v.pipe(string, v.description('Prefix of URLs that begin with /; {{ VARIABLE }} of the environment.'))),
  ...loadEntries,
  headers: lenient(v.pipe(texts, v.description('Headers of every request.'))),
  timeout: v.optional(v.pipe(duration, v.description('Time for each request, such as 500ms or 5s.'))),
  thresholds: v.optional(v.array(thresholdText, 'a list of texts such as "p99 < 250ms"')),
};

/** What the command line sets over the plan. */
export interface Overrides extends LoadOverrides {
  readonly base?: string;
  /** The run is given its base, that of a server which is started for it: the plan needs none. */
  readonly serverFollows?: true;
  /** What that server speaks, where it does not speak what the plan does. */
  readonly serverProtocol?: string;
}

export interface PlanSettings {
  /** `undefined` when the environment lacks a part of it, and that is said. */
  readonly base: string | undefined;
  readonly load: Load;
  /** Time for each request, where the plan says one. */
  readonly timeoutMs: number | undefined;
  readonly headers: PlanNode | undefined;
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
    load: readLoad(plan, config ?? {}, env, overrides, diagnostics),
    timeoutMs: config?.timeout,
    headers: plan.get('headers'),
  };
}

/** Only the environment fills `base`, and a variable that it lacks is an error even in a relaxed run. */
function readBase(plan: PlanNode, env: Environment, diagnostics: Diagnostics): string | undefined {
  const node = plan.get('base');
  if (typeof node?.value !== 'string') return '';
  let isWhole = true;
  const base = fromEnvironment(node.value, env, (name) => {
    diagnostics.error(node, `'base': the environment has no variable '${name}'`);
    isWhole = false;
    return '';
  });
  return isWhole ? base : undefined;
}
