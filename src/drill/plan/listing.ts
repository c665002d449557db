import { UserError } from '../../core/errors.js';
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
  return steps.filter((step) => tags.runs(tagsOf(step))).map((step) => step.toYaml());
}

function tagsOf(step: PlanNode): readonly string[] | undefined {
  const tags = step.get('tags');
  if (tags === undefined || !tags.isList) return undefined;
  return (tags.value as readonly unknown[]).filter((tag) => typeof tag === 'string');
}
