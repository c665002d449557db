import { createHash } from 'node:crypto';
import { ExitCode } from '../../core/errors.js';
import type { Threshold } from '../../core/thresholds.js';
import type { Variant } from '../../core/variants.js';
import { actions } from '../action.js';
import { checks } from '../check.js';
import { expanders } from '../expander.js';
import { valueGenerators } from '../value-generator.js';
import type { Load } from '../pacer.js';
import type { Blueprint } from '../run.js';
import { PlanCompiler, type Vocabulary } from './compiler.js';
import { Diagnostics, type Diagnostic } from './diagnostics.js';
import { readThresholds } from './plan-thresholds.js';
import { readSettings, type Overrides } from './settings.js';
import { PlanSource, readSource } from './source.js';
import { TagFilter } from './tags.js';
import { describeNode } from './validate.js';
import { parseYaml } from './yaml.js';

/** What a server that is started for a plan has to speak. */
export function protocolOf({ protocols }: Pick<CompiledPlan, 'protocols'>): 'http' | 'frames' {
  return protocols.has('frames') ? 'frames' : 'http';
}

/** A plan that is right, ready to run any number of times. */
export interface CompiledPlan {
  /** As the user wrote it. */
  readonly path: string;
  /** SHA-256 of the text of the plan file, in hexadecimal. */
  readonly hash: string;
  readonly base: string;
  readonly load: Load;
  /** Time for each request, where the plan says one. */
  readonly timeoutMs: number | undefined;
  readonly thresholds: readonly Threshold[];
  readonly steps: readonly Blueprint[];
  /** Names that may get a value while the plan runs, and those of them that a step itself sets. */
  readonly settable: ReadonlySet<string>;
  readonly reassigned: ReadonlySet<string>;
  /** What its steps speak. */
  readonly protocols: ReadonlySet<'http' | 'frames'>;
  /** How many connections its calls hold at once, as far as the plan says it: 0 where it makes none. */
  readonly callConnections: number;
  /** Whether an iteration makes more than one request, so that cookies of one can matter to another. */
  readonly keepsCookies: boolean;
  readonly recipe: PlanRecipe;
  /** What the plan's author should know: unknown keys, values that are ignored. */
  readonly warnings: readonly Diagnostic[];
}

/** What a plan is compiled from, as plain data: another thread can compile the same. */
export interface PlanRecipe {
  readonly file: string;
  readonly path: string;
  readonly text: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly overrides: Overrides;
  readonly onlyTags: readonly string[] | undefined;
  readonly skipTags: readonly string[];
  readonly refuseCommands: boolean;
}

export interface LoadOptions {
  /** Folder that the plan's path, and files of request bodies, are relative to. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly overrides?: Overrides;
  readonly tags?: TagFilter;
  /** Make errors of warnings. */
  readonly strict?: boolean;
  /** Make an error of every step that would run a command. */
  readonly refuseCommands?: boolean;
}

/**
 * Reads, validates and compiles a plan.
 * @throws {PlanError} with everything that is wrong with it
 * @throws {UserError} when the file cannot be read
 */
export async function loadPlan(path: string, options: LoadOptions): Promise<CompiledPlan> {
  return compilePlan(readSource(path, options.cwd), options);
}

/** The same for a plan whose text is there already. @throws {PlanError} */
export async function compilePlan(source: PlanSource, options: LoadOptions): Promise<CompiledPlan> {
  const { cwd, env, overrides = {}, tags = new TagFilter(), refuseCommands = false } = options;
  const diagnostics = new Diagnostics(options.strict);
  const plan = parseYaml(source, diagnostics);
  diagnostics.throwIfWrong();
  if (plan === undefined) throw new Error('no plan and nothing wrong with it');
  if (!plan.isMapping) {
    diagnostics.error(plan, `expected a mapping with the key 'plan', found ${describeNode(plan)}`);
    diagnostics.throwIfWrong(ExitCode.runFailed);
  }
  const settings = readSettings(plan, env, overrides, diagnostics);
  const { base = '' } = settings;
  const compiler = new PlanCompiler({
    vocabulary: await vocabulary(),
    diagnostics,
    tags,
    cwd,
    headers: settings.headers,
    base,
    baseNode: overrides.base === undefined ? plan.get('base') : undefined,
    // Nor is there more to say of one that is known to be wrong.
    baseFollows: overrides.serverFollows === true || settings.base === undefined,
    serverProtocol: overrides.serverProtocol,
    refuseCommands,
  });
  const list = plan.get('plan');
  if (list === undefined) {
    diagnostics.error(plan, `'plan' is missing: the list of steps`);
  } else if (!list.isList) diagnostics.error(list, `'plan': expected a list of steps, found ${describeNode(list)}`);
  compiler.including.push(source);
  const steps = list?.isList ? compiler.compile(list) : [];
  if (overrides.serverFollows === true && overrides.serverProtocol === undefined && compiler.protocols.size > 1)
    diagnostics.error(
      list ?? plan,
      'a server speaks HTTP or frames, and this plan both',
      'a plan for requests, a plan for calls',
    );
  const thresholds = readThresholds(plan, compiler);
  // A plan without steps has drill's exit code; for every other mistake of a plan ours is 2.
  diagnostics.throwIfWrong(list?.isList === true ? ExitCode.usage : ExitCode.runFailed);
  return {
    path: source.file,
    hash: createHash('sha256').update(source.text).digest('hex'),
    base,
    load: settings.load,
    timeoutMs: settings.timeoutMs,
    thresholds,
    steps,
    settable: compiler.settable,
    reassigned: compiler.reassigned,
    protocols: compiler.protocols,
    callConnections: Math.max(compiler.sharedConnections, compiler.hasOwnConnections ? clientsOf(settings.load) : 0),
    keepsCookies: compiler.requests > 1,
    recipe: {
      file: source.file,
      path: source.path,
      text: source.text,
      cwd,
      env: { ...env },
      overrides,
      onlyTags: tags.only,
      skipTags: tags.skip,
      refuseCommands,
    },
    warnings: diagnostics.warnings,
  };
}

/** How many iterations are under way at once; of an open load nobody knows. */
function clientsOf({ concurrency, iterations = concurrency, ratePerSecond, stages }: Load): number {
  return ratePerSecond === undefined && stages.length === 0 ? Math.min(concurrency, iterations) : 1;
}

function byId<T extends Variant>(variants: readonly T[]): ReadonlyMap<string, T> {
  return new Map(variants.map((variant) => [variant.id, variant]));
}

/** Compiles on another thread what was compiled here. */
export function compileRecipe(recipe: PlanRecipe): Promise<CompiledPlan> {
  const { file, path, text, cwd, env, overrides, onlyTags, skipTags, refuseCommands } = recipe;
  const tags = new TagFilter(onlyTags, skipTags);
  return compilePlan(new PlanSource(file, path, text), { cwd, env, overrides, tags, refuseCommands });
}

let loaded: Promise<Vocabulary> | undefined;

/** Every action, expander, generator and check; loaded once. */
export function vocabulary(): Promise<Vocabulary> {
  loaded ??= (async () => ({
    actions: (await actions.all()).toSorted((a, b) => a.rank - b.rank),
    expanders: (await expanders.all()).toSorted((a, b) => a.rank - b.rank),
    generators: byId(await valueGenerators.all()),
    checks: byId(await checks.all()),
  }))();
  return loaded;
}
