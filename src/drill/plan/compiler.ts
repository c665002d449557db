import { dirname } from 'node:path';
import * as v from 'valibot';
import type { Action } from '../action.js';
import type { Check } from '../check.js';
import type { Expander } from '../expander.js';
import type { ValueGenerator } from '../value-generator.js';
import { builtInVariables } from '../iteration.js';
import type { Blueprint } from '../run.js';
import type { Diagnostics } from './diagnostics.js';
import type { PlanNode } from './node.js';
import type { PlanSource } from './source.js';
import { anything } from './schema.js';
import { commonEntries, StepCompiler } from './step-compiler.js';
import type { TagFilter } from './tags.js';

/** Every kind of thing that a plan may hold, loaded from their folders. */
export interface Vocabulary {
  /** By rank. */
  readonly actions: readonly Action[];
  /** By rank. */
  readonly expanders: readonly Expander[];
  readonly generators: ReadonlyMap<string, ValueGenerator>;
  readonly checks: ReadonlyMap<string, Check>;
}

interface CompilerOptions {
  readonly vocabulary: Vocabulary;
  readonly diagnostics: Diagnostics;
  readonly tags: TagFilter;
  /** Folder that files named by a request's body are relative to. */
  readonly cwd: string;
  /** Headers of every request, from the top of the plan. */
  readonly headers: PlanNode | undefined;
  readonly base: string;
  /** Where the plan says it. */
  readonly baseNode: PlanNode | undefined;
  /** Another base than this one is given when the plan is run. */
  readonly baseFollows: boolean;
  /** What the server at that base speaks, where it is known: `http` or `frames`. */
  readonly serverProtocol: string | undefined;
  readonly refuseCommands: boolean;
}

/** Turns the list of steps into blueprints, and gathers what the run must know of all of them. */
export class PlanCompiler {
  readonly options: CompilerOptions;
  /** Names that may get a value while the plan runs. */
  readonly settable = new Set(builtInVariables);
  /** Those of them that a step gives a value to. */
  readonly reassigned = new Set<string>();
  /** Names of the steps whose requests are measured. */
  readonly measured = new Set<string>();
  /** Names of the steps that the tags leave out. */
  readonly leftOut = new Set<string>();
  /** What its steps speak. */
  readonly protocols = new Set<'http' | 'frames'>();
  /** How many connections calls share at most, and whether there are calls that each have one to themselves. */
  sharedConnections = 0;
  hasOwnConnections = false;
  /** How many requests one iteration makes, as far as that matters: 0, 1 or more. */
  requests = 0;
  /** A base is needed and there is none, or none that would do, which is said. */
  lacksBase = false;
  /** Files being included, outermost first. */
  readonly including: PlanSource[] = [];
  /** By path what has been included: `undefined` when it is no list of steps, and that is said. */
  readonly included = new Map<string, PlanNode | undefined>();
  /** Steps of files that were included before. */
  repeatedSteps = 0;
  readonly #schemas = new Map<Action, StepSchema>();

  constructor(options: CompilerOptions) {
    this.options = options;
  }

  /** What a step with this action may hold; made once, as a plan may have very many steps. */
  schemaOf(action: Action): StepSchema {
    let schema = this.#schemas.get(action);
    if (schema === undefined) this.#schemas.set(action, (schema = stepSchema(action, this.options.vocabulary)));
    return schema;
  }

  /** The steps of a list. Steps that the tags leave out are not even looked at, as in drill. */
  compile(list: PlanNode): readonly Blueprint[] {
    return list.items().flatMap((node) => {
      const step = new StepCompiler(this, node);
      return step.compile();
    });
  }
}

type StepSchema = ReturnType<typeof stepSchema>;

/** Keys of other actions and of expanders are known; what is wrong with them is said elsewhere. */
function stepSchema(action: Action, { actions, expanders }: Vocabulary) {
  const selections = Object.assign({}, ...expanders.map(({ entries }) => entries)) as v.ObjectEntries;
  const others = Object.fromEntries([...actions, ...expanders].map(({ id }) => [id, v.optional(anything)]));
  return v.object({ ...selections, ...others, ...commonEntries, ...action.entries });
}

/** The folder that paths in a plan file are relative to. */
export function folderOf(source: PlanSource): string {
  return dirname(source.path);
}
