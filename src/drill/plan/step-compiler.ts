import * as v from 'valibot';
import type { Action } from '../action.js';
import type { Expander } from '../expander.js';
import type { Blueprint } from '../run.js';
import { parseTemplate, type Template } from '../template.js';
import type { PlanCompiler } from './compiler.js';
import type { Diagnostics } from './diagnostics.js';
import type { PlanNode } from './node.js';
import { anything, text } from './schema.js';
import { describe, describeNode, didYouMean, validate } from './validate.js';

/** Keys that every step may have. */
export const commonEntries = {
  name: v.pipe(text, v.description('Statistics are grouped by it; {{ }} is filled in the line for each step.')),
  tags: v.optional(
    v.pipe(
      anything,
      v.description(
        'A list of texts: --tags runs only steps with one of its tags, --skip-tags leaves them out; always, never.',
      ),
    ),
  ),
};

/** One step of the plan on its way to a blueprint; what actions and expanders look at it through. */
export class StepCompiler {
  readonly plan: PlanCompiler;
  readonly node: PlanNode;
  #action: Action | undefined;

  constructor(plan: PlanCompiler, node: PlanNode) {
    this.plan = plan;
    this.node = node;
  }

  get diagnostics(): Diagnostics {
    return this.plan.options.diagnostics;
  }

  /** The blueprints of this step: none when it is wrong or its tags leave it out, several when it includes others. */
  compile(): readonly Blueprint[] {
    if (!this.node.isMapping) {
      this.diagnostics.error(
        this.node,
        `expected a step, a mapping with a name and an action, found ${describe(this.node.value)}`,
      );
      return [];
    }
    const expander = this.#expander();
    if (expander !== undefined && !expander.repeatsAction) return expander.expand(this);
    if (!this.plan.options.tags.runs(this.tags())) {
      const name = this.node.get('name')?.value;
      if (typeof name === 'string') this.plan.leftOut.add(name);
      return [];
    }
    this.#action = this.#findAction(expander !== undefined);
    if (this.#action === undefined) return [];
    if (expander !== undefined) {
      if (this.#action.repeats) return expander.expand(this);
      this.diagnostics.warn(this.#keyNode(expander.id), `'${expander.id}' is ignored: only a request is repeated`);
    }
    const blueprint = this.compileAction();
    return blueprint === undefined ? [] : [blueprint];
  }

  /** The step's action, without what repeats it. */
  compileAction(): Blueprint | undefined {
    const action = this.#action;
    if (action === undefined) return undefined;
    const config = validate(this.plan.schemaOf(action), this.node, this.diagnostics);
    if (config !== undefined) return action.compile(config, this);
    action.examine?.(this);
    return undefined;
  }

  /** The step's tags: texts only; `undefined` when there is no list of them. */
  tags(): readonly string[] | undefined {
    const tags = this.node.get('tags');
    if (tags === undefined) return undefined;
    if (tags.isList) return (tags.value as readonly unknown[]).filter((tag) => typeof tag === 'string');
    this.diagnostics.warn(tags, `'tags' is ignored: expected a list of texts, found ${describe(tags.value)}`);
    return undefined;
  }

  /** A text of this step as a template. */
  template(source: string, at: PlanNode): Template {
    return parseTemplate(source, at, this.plan.options.vocabulary.generators, {
      error: (problem) => this.diagnostics.error(at, problem),
      warn: (problem, hint) => this.diagnostics.warn(at, problem, hint),
    });
  }

  /** Says that the run gives this name a value. */
  sets(name: string): void {
    this.plan.reassigned.add(name);
    this.plan.settable.add(name);
  }

  /** @param repeated whether items are given: an action that they repeat then comes before the others, as in drill */
  #findAction(repeated: boolean): Action | undefined {
    const { actions, expanders } = this.plan.options.vocabulary;
    const present = actions.filter(({ id }) => this.node.get(id)?.isMapping);
    const action = (repeated ? present.find(({ repeats }) => repeats) : undefined) ?? present[0];
    const other = present.find((one) => one !== action);
    if (action !== undefined) {
      if (other !== undefined)
        this.diagnostics.warn(
          this.#keyNode(other.id),
          `this step is ${article(action.id)}; its '${other.id}' is ignored`,
        );
      return action;
    }
    const wrong = actions.find(({ id }) => this.node.get(id) !== undefined);
    const value = wrong === undefined ? undefined : this.node.get(wrong.id);
    if (wrong !== undefined && value !== undefined) {
      this.diagnostics.error(value, `'${wrong.id}': expected a mapping, found ${describeNode(value)}`);
      return undefined;
    }
    const known = [...actions, ...expanders.filter(({ repeatsAction }) => !repeatsAction)].map(({ id }) => id);
    const key = this.node.keys().find(({ name }) => name !== 'name' && name !== 'tags');
    this.diagnostics.error(key?.node ?? this.node, `this step does nothing known`, didYouMean(key?.name ?? '', known));
    return undefined;
  }

  #expander(): Expander | undefined {
    const present = this.plan.options.vocabulary.expanders.flatMap((expander) => {
      const value = this.node.get(expander.id);
      if (value === undefined) return [];
      if (expander.accepts(value)) return [expander];
      this.diagnostics.warn(
        value,
        `'${expander.id}' is ignored: expected ${expander.expected}, found ${describe(value.value)}`,
      );
      return [];
    });
    const [expander, other] = present;
    if (expander !== undefined && other !== undefined) {
      this.diagnostics.warn(this.#keyNode(other.id), `'${other.id}' is ignored: '${expander.id}' comes first`);
    }
    return expander;
  }

  #keyNode(key: string): PlanNode {
    return this.node.keys().find(({ name }) => name === key)?.node ?? this.node;
  }
}

function article(id: string): string {
  return `${/^[aeiou]/.test(id) ? 'an' : 'a'} ${id}`;
}
