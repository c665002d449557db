import * as v from 'valibot';
import { maxConcurrency } from '../../core/load-limits.js';
import { parseRate, plural, ratePattern } from '../../core/units.js';
import type { Load, Stage } from '../pacer.js';
import { fromEnvironment } from '../template.js';
import { render } from '../value.js';
import type { Diagnostics } from './diagnostics.js';
import type { PlanNode } from './node.js';
import { duration, integer, integerFrom, lenient, number, string } from './schema.js';
import { describe } from './validate.js';

/** A number, or a text that the environment makes one of. */
const count = v.union([integer, string], 'a whole number, or a text with a variable of the environment');

/** Below 0 it is the default, as in drill. */
const countFrom1 = v.pipe(count, v.metadata({ not: { const: 0 } }));

const rateText = 'a rate such as 500/s or 30/m, at most 1000000/s';

/** A rate such as 500/s; a bare number counts per second. In iterations per second. */
const rate = v.pipe(
  v.union([string, number], rateText),
  v.metadata({ pattern: ratePattern.source }),
  v.check((given) => parseRate(render(given)) !== undefined, rateText),
  v.transform((given) => parseRate(render(given)) as number),
);

const stage = v.object({
  rate: v.optional(rate),
  concurrency: v.optional(integerFrom(0)),
  for: duration,
  ramp: v.optional(v.picklist(['none', 'linear'], 'none or linear')),
});

const stageList = 'a list of stages, each with a rate or a concurrency';

/** The keys at the top of a plan that say how much load there is. */
export const loadEntries = {
  concurrency: lenient(countFrom1),
  iterations: lenient(countFrom1),
  rampup: lenient(count),
  duration: v.optional(duration),
  rate: v.optional(rate),
  arrival: v.optional(v.picklist(['constant', 'poisson'], 'constant or poisson')),
  stages: v.optional(v.pipe(v.array(stage, stageList), v.minLength(1, stageList))),
  warmup: v.optional(duration),
  max_in_flight: v.optional(integerFrom(1)),
};

type LoadConfig = Partial<v.InferOutput<v.ObjectSchema<typeof loadEntries, undefined>>>;

/**
 * The load that the command line asks for. How much of it (iterations or a duration) replaces what the plan says of
 * that, stages included; and so does how it is paced (a rate, or the concurrency of a closed loop). Stages replace
 * both.
 */
export interface LoadOverrides {
  readonly concurrency?: number;
  readonly iterations?: number;
  readonly rampMs?: number;
  readonly durationMs?: number;
  readonly ratePerSecond?: number;
  readonly stages?: readonly Stage[];
  readonly arrival?: 'constant' | 'poisson';
  readonly warmupMs?: number;
  readonly maxInFlight?: number;
}

const defaultMaxInFlight = 10_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the load of a plan; what is wrong with it goes to `diagnostics`. */
export function readLoad(
  plan: PlanNode,
  config: LoadConfig,
  env: Environment,
  overrides: LoadOverrides,
  diagnostics: Diagnostics,
): Load {
  const otherStages = overrides.stages !== undefined;
  const otherAmount = otherStages || overrides.iterations !== undefined || overrides.durationMs !== undefined;
  const otherPace = otherStages || overrides.ratePerSecond !== undefined || overrides.concurrency !== undefined;
  const stages = overrides.stages ?? (otherAmount || otherPace ? [] : readStages(plan, config, diagnostics));
  const ratePerSecond = overrides.ratePerSecond ?? (otherPace ? undefined : config.rate);
  const durationMs = overrides.durationMs ?? (otherAmount ? undefined : config.duration);
  const planCount = readCount('iterations', 1, plan, env, diagnostics);
  const counted = otherAmount ? undefined : plan.get('iterations') === undefined ? undefined : planCount;
  const timed = durationMs !== undefined || stages.length > 0;
  const open = ratePerSecond !== undefined || stages.some(({ of }) => of === 'rate');
  const iterations = overrides.iterations ?? counted ?? (timed || open ? undefined : 1);
  const concurrency =
    overrides.concurrency ?? readCount('concurrency', overrides.iterations ?? planCount, plan, env, diagnostics);
  const load: Load = {
    concurrency,
    iterations,
    rampMs: overrides.rampMs ?? readCount('rampup', 0, plan, env, diagnostics) * 1000,
    durationMs,
    ratePerSecond,
    arrival: overrides.arrival ?? config.arrival ?? 'constant',
    stages,
    warmupMs: overrides.warmupMs ?? config.warmup ?? 0,
    maxInFlight: overrides.maxInFlight ?? config.max_in_flight ?? defaultMaxInFlight,
  };
  checkCounts(plan, load, diagnostics);
  const replaced = otherPace && !otherAmount && !timed && counted === undefined ? plan.get('stages') : undefined;
  if (replaced !== undefined) return missEnd(replaced, load, overrides, diagnostics);
  if (overrides.rampMs !== undefined && (open || stages.length > 0)) {
    const at = plan.get('stages') ?? plan.get('rate') ?? plan;
    diagnostics.error(at, '--rampup spreads the start of a concurrency, and this is another load');
  }
  if (open) return checkOpenLoop(plan, load, overrides, diagnostics);
  return checkClosedLoop(plan, load, overrides, diagnostics);
}

/** The stages said how long, too. */
function missEnd(stages: PlanNode, load: Load, { ratePerSecond }: LoadOverrides, diagnostics: Diagnostics): Load {
  const pace = ratePerSecond === undefined ? 'concurrency' : 'rate';
  diagnostics.error(
    stages,
    `a ${pace} on the command line replaces these stages, and needs an end`,
    '--duration, or --iterations',
  );
  return load;
}

function readStages(plan: PlanNode, { stages = [] }: LoadConfig, diagnostics: Diagnostics): Stage[] {
  const node = plan.get('stages');
  if (node === undefined) return [];
  for (const key of ['rate', 'duration', 'iterations', 'rampup'])
    if (plan.get(key) !== undefined)
      diagnostics.error(plan.get(key) ?? plan, `'${key}' and 'stages' exclude each other: the stages say it all`);
  const kinds = new Set(stages.map((one) => (one.rate === undefined ? 'concurrency' : 'rate')));
  if (kinds.size > 1) diagnostics.error(node, `'stages': all have a 'rate', or all have a 'concurrency'`);
  if (stages.length > 0 && stages.every((one) => (one.rate ?? one.concurrency) === 0))
    diagnostics.error(node, `'stages': all of them are 0, and nothing would run`);
  return stages.flatMap((one, i): Stage[] => {
    const at = node.items()[i] ?? node;
    const target = one.rate ?? one.concurrency;
    if (target === undefined || (one.rate !== undefined && one.concurrency !== undefined)) {
      diagnostics.error(at, `a stage has either a 'rate' or a 'concurrency'`);
      return [];
    }
    if (one.for === 0) diagnostics.error(at, `'for': expected a duration above 0`);
    return [{ of: one.rate === undefined ? 'concurrency' : 'rate', target, forMs: one.for, ramp: one.ramp ?? 'none' }];
  });
}

function checkCounts(
  plan: PlanNode,
  { iterations, concurrency, durationMs, ratePerSecond }: Load,
  diagnostics: Diagnostics,
): void {
  // What the plan does not say follows from what it does say: no mistake of its own.
  for (const [key, value] of Object.entries({ iterations, concurrency }))
    if (value === 0 && plan.get(key) !== undefined)
      diagnostics.error(plan.get(key) ?? plan, `'${key}': expected a whole number from 1, found 0`);
  if (durationMs === 0) diagnostics.error(plan.get('duration') ?? plan, `'duration': expected more than 0`);
  if (ratePerSecond === 0) diagnostics.error(plan.get('rate') ?? plan, `'rate': expected more than 0`);
}

/** In an open loop nobody waits for a free slot. */
function checkOpenLoop(plan: PlanNode, load: Load, overrides: LoadOverrides, diagnostics: Diagnostics): Load {
  if (overrides.ratePerSecond === undefined && overrides.stages === undefined)
    // Of a 'rampup' beside stages it is said that they exclude each other.
    for (const key of load.stages.length > 0 ? ['concurrency'] : ['concurrency', 'rampup']) {
      const node = plan.get(key);
      if (node !== undefined)
        diagnostics.warn(node, `'${key}' is ignored: with a rate, iterations start when they are due`);
    }
  if (load.stages.length === 0 && load.durationMs === undefined && load.iterations === undefined)
    diagnostics.error(plan.get('rate') ?? plan, `a rate needs an end: a 'duration', or 'iterations'`);
  return { ...load, rampMs: 0 };
}

function checkConcurrency(plan: PlanNode, { concurrency, stages }: Load, diagnostics: Diagnostics): void {
  const most = Math.max(concurrency, ...stages.map(({ target }) => target));
  if (most <= maxConcurrency) return;
  const at = plan.get('concurrency') ?? plan.get('stages') ?? plan.get('iterations') ?? plan;
  const hint =
    plan.get('concurrency') === undefined && stages.length === 0
      ? 'concurrency: n; without it, all iterations run at once'
      : undefined;
  diagnostics.error(at, `${most} iterations at once are more than the ${maxConcurrency} that there may be`, hint);
}

function checkClosedLoop(plan: PlanNode, load: Load, overrides: LoadOverrides, diagnostics: Diagnostics): Load {
  const arrival = plan.get('arrival');
  if (arrival !== undefined) diagnostics.warn(arrival, `'arrival' is ignored: it needs a 'rate'`);
  checkConcurrency(plan, load, diagnostics);
  const { concurrency, iterations } = load;
  if (iterations === undefined || concurrency <= iterations) return load;
  const asked = overrides.iterations === undefined || overrides.concurrency !== undefined;
  if (!asked) return { ...load, concurrency: iterations };
  diagnostics.error(
    plan.get('concurrency') ?? plan,
    `'concurrency' is ${concurrency}, more than the ${iterations} ${plural(iterations, 'iteration')} there are`,
  );
  return load;
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
