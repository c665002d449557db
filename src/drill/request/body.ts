import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';
import type { PlanNode } from '../plan/node.js';
import { string } from '../plan/schema.js';
import { unreadable } from '../plan/source.js';
import type { StepCompiler } from '../plan/step-compiler.js';
import type { Template } from '../template.js';

/** The forms that a body may have in a plan. */
export const bodySchema = v.union(
  [string, v.object({ file: string }), v.object({ hex: string })],
  'a text, { file: path } or { hex: digits }',
);

/** A body whose bytes are known, or a text that is interpolated for each request. */
export type Body = Uint8Array | Template;

/** The body that a plan asks for; `undefined` when something is wrong with it, and said. */
export function compileBody(
  config: v.InferOutput<typeof bodySchema>,
  at: PlanNode,
  step: StepCompiler,
): Body | undefined {
  if (typeof config === 'string') return step.template(config, at);
  if ('hex' in config) {
    if (/^(?:[0-9a-fA-F]{2})*$/.test(config.hex)) return Buffer.from(config.hex, 'hex');
    step.diagnostics.error(at, `'hex': expected pairs of hexadecimal digits without spaces, found '${config.hex}'`);
    return undefined;
  }
  try {
    return readFileSync(resolve(step.plan.options.cwd, config.file));
  } catch (error) {
    step.diagnostics.error(at, `cannot read the body '${config.file}': ${unreadable(error)}`);
    return undefined;
  }
}
