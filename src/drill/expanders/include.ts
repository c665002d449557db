import { resolve } from 'node:path';
import * as v from 'valibot';
import { UserError } from '../../core/errors.js';
import type { Expander } from '../expander.js';
import { folderOf } from '../plan/compiler.js';
import type { PlanNode } from '../plan/node.js';
import { string } from '../plan/schema.js';
import { readSource, type PlanSource } from '../plan/source.js';
import type { StepCompiler } from '../plan/step-compiler.js';
import { describe } from '../plan/validate.js';
import { parseYaml } from '../plan/yaml.js';
import { hasPlaceholder } from '../template.js';

/** The steps of another file, in place of this one. Its own tags do not matter; those of the included steps do. */
const include: Expander = {
  id: 'include',
  rank: 10,
  entries: { include: v.optional(v.pipe(string, v.description('The steps of another file, a bare list.'))) },
  accepts: (value) => typeof value.value === 'string',
  expected: 'the path of a file',
  repeatsAction: false,
  expand: (step) => {
    const node = step.node.get('include') as PlanNode;
    const list = listOf(node.value as string, node, step);
    if (list === undefined) return [];
    step.plan.including.push(list.source);
    const steps = step.plan.compile(list);
    step.plan.including.pop();
    return steps;
  },
};

export default include;

const maxDepth = 100;

/** Files that include each other twice, and again, soon stand for more than any memory holds. */
const maxRepeatedSteps = 100_000;

/** The list of steps in a file, which is read once; `undefined` when there is none, and that is said. */
function listOf(path: string, at: PlanNode, step: StepCompiler): PlanNode | undefined {
  const { diagnostics, plan } = step;
  if (hasPlaceholder(path)) {
    diagnostics.error(at, `the path of a file is taken as it is, {{ }} in it would not be replaced`);
    return undefined;
  }
  const folder = folderOf(at.source);
  const absolute = resolve(folder, path);
  if (plan.including.some((outer) => outer.path === absolute)) {
    const chain = [...plan.including.map(({ file }) => file), path].join(' → ');
    diagnostics.error(at, `'${path}' includes itself: ${chain}`);
    return undefined;
  }
  if (plan.including.length >= maxDepth) {
    diagnostics.error(at, `includes are nested deeper than ${maxDepth} files`);
    return undefined;
  }
  if (plan.included.has(absolute)) return repeated(plan.included.get(absolute), at, step);
  try {
    const list = readList(readSource(path, folder), step);
    plan.included.set(absolute, list);
    return list;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    diagnostics.error(at, error.message);
    return undefined;
  }
}

function readList(source: PlanSource, { diagnostics }: StepCompiler): PlanNode | undefined {
  const list = parseYaml(source, diagnostics);
  if (list === undefined || list.isList) return list;
  diagnostics.error(list, `an included file is a bare list of steps, found ${describe(list.value)}`);
  return undefined;
}

/** A list once more, unless that is too much; the first time that is said. */
function repeated(list: PlanNode | undefined, at: PlanNode, { diagnostics, plan }: StepCompiler): PlanNode | undefined {
  const wereTooMany = plan.repeatedSteps > maxRepeatedSteps;
  plan.repeatedSteps += list?.items().length ?? 0;
  if (plan.repeatedSteps <= maxRepeatedSteps) return list;
  // Said once.
  if (!wereTooMany) diagnostics.error(at, `includes repeat more than ${maxRepeatedSteps} steps`);
  return undefined;
}
