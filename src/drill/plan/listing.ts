import { stringify, type ScalarTag } from 'yaml';
import { UserError } from '../../core/errors.js';
import { Float, type Value } from '../value.js';
import { Diagnostics } from './diagnostics.js';
import type { PlanNode } from './node.js';
import { readSource } from './source.js';
import type { TagFilter } from './tags.js';
import { parseYaml } from './yaml.js';

/** The steps at the top of a plan, whatever is in them. @throws {UserError} when there is no list of them */
export function topLevelSteps(path: string, cwd: string): readonly PlanNode[] {
  const diagnostics = new Diagnostics();
  const plan = parseYaml(readSource(path, cwd), diagnostics);
  diagnostics.throwIfWrong();
  const list = plan?.get('plan');
  if (list === undefined || !list.isList)
    throw new UserError(`'plan' is missing in '${path}': the list of steps`, { exitCode: 1 });
  return list.items();
}

/** Every tag of the steps, sorted, each once. */
export function listTags(steps: readonly PlanNode[]): readonly string[] {
  return [...new Set(steps.flatMap((step) => tagsOf(step) ?? []))].toSorted();
}

/** The steps that the tags leave, as they stand in the plan. */
export function listSteps(steps: readonly PlanNode[], tags: TagFilter): readonly string[] {
  return steps.filter((step) => tags.runs(tagsOf(step))).map(({ value }) => toYaml(value));
}

function toYaml(value: Value): string {
  return stringify(value, { indentSeq: false, singleQuote: true, customTags: [float] });
}

/** Floats keep their point: 2.0. */
const float: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  identify: (value) => value instanceof Float,
  resolve: (text) => text,
  stringify: ({ value }) => String(value) || yamlOf(value as Float),
};

function yamlOf({ value }: Float): string {
  if (Number.isNaN(value)) return '.nan';
  return value > 0 ? '.inf' : '-.inf';
}

function tagsOf(step: PlanNode): readonly string[] | undefined {
  const tags = step.get('tags');
  if (tags === undefined || !tags.isList) return undefined;
  return (tags.value as readonly unknown[]).filter((tag) => typeof tag === 'string');
}
