import * as v from 'valibot';
import { UserError } from '../../core/errors.js';
import type { Expander } from '../expander.js';
import { folderOf } from '../plan/compiler.js';
import type { PlanNode } from '../plan/node.js';
import { string } from '../plan/schema.js';
import { readSource } from '../plan/source.js';
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
    const list = readList(node.value as string, node, step);
    if (list === undefined) return [];
    step.plan.including.push(list.source);
    const steps = step.plan.compile(list);
    step.plan.including.pop();
    return steps;
  },
};

export default include;

/** Files that include each other twice and again are soon more than there is memory for. */
const mostIncluded = 10_000;
const deepest = 100;

/** The list of steps in a file; `undefined` when there is none, and that is said. */
function readList(path: string, at: PlanNode, step: StepCompiler): PlanNode | undefined {
  const { diagnostics, plan } = step;
  if (hasPlaceholder(path)) {
    diagnostics.error(at, `the path of a file is taken as it is, {{ }} in it would not be replaced`);
    return undefined;
  }
  try {
    const source = readSource(path, folderOf(at.source));
    if (plan.including.some((outer) => outer.path === source.path)) {
      diagnostics.error(
        at,
        `'${path}' includes itself: ${[...plan.including, source].map(({ file }) => file).join(' → ')}`,
      );
      return undefined;
    }
    if (isTooMuch(at, step)) return undefined;
    const list = parseYaml(source, diagnostics);
    if (list === undefined || list.isList) return list;
    diagnostics.error(list, `an included file is a bare list of steps, found ${describe(list.value)}`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    diagnostics.error(at, error.message);
  }
  return undefined;
}

/** Whether one file more is too much; the first time that is said. */
function isTooMuch(at: PlanNode, { diagnostics, plan }: StepCompiler): boolean {
  plan.included += 1;
  if (plan.including.length >= deepest) {
    diagnostics.error(at, `includes are nested deeper than ${deepest} files`);
    return true;
  }
  if (plan.included === mostIncluded + 1) diagnostics.error(at, `more than ${mostIncluded} files are included in all`);
  return plan.included > mostIncluded;
}
