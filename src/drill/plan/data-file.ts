import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { hasPlaceholder } from '../template.js';
import { folderOf } from './compiler.js';
import type { PlanNode } from './node.js';
import { unreadable } from './source.js';
import type { StepCompiler } from './step-compiler.js';

/**
 * The text of a file of items. Its path is relative to the plan file that names it.
 * @param at the path in the plan
 * @returns `undefined` when it cannot be read, and that is said
 */
export function readDataFile(at: PlanNode, step: StepCompiler): string | undefined {
  const path = at.value as string;
  if (hasPlaceholder(path)) {
    step.diagnostics.error(at, `the path of a file is taken as it is, {{ }} in it would not be replaced`);
    return undefined;
  }
  try {
    return readFileSync(resolve(folderOf(at.source), path), 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    step.diagnostics.error(at, `cannot read '${path}': ${unreadable(error)}`);
    return undefined;
  }
}
