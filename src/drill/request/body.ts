import { basename, resolve } from 'node:path';
import * as v from 'valibot';
import { readFile } from '../data/read-file.js';
import type { PlanNode } from '../plan/node.js';
import { string, text } from '../plan/schema.js';
import { unreadable } from '../../core/unreadable.js';
import type { StepCompiler } from '../plan/step-compiler.js';
import type { Template } from '../template.js';
import { Multipart, type Part } from './multipart.js';

const part = v.object({
  name: text,
  value: v.optional(text),
  file: v.optional(string),
  file_name: v.optional(string),
  content_type: v.optional(string),
});

const hexDigits = /^(?:[0-9a-fA-F]{2})*$/;

/** The forms that a body may have in a plan. */
export const bodySchema = v.union(
  [
    string,
    v.object({ file: string }),
    v.object({ hex: v.pipe(string, v.metadata({ pattern: hexDigits.source })) }),
    v.object({ multipart: v.array(part, 'a list of parts') }),
  ],
  'a text, { file: path }, { hex: digits } or { multipart: [parts] }',
);

/** A body whose bytes are known, a text that is interpolated for each request, or a form of both. */
export type Body = Uint8Array | Template | Multipart;

/** The body that a plan asks for; `undefined` when something is wrong with it, and said. */
export function compileBody(
  config: v.InferOutput<typeof bodySchema>,
  at: PlanNode,
  step: StepCompiler,
): Body | undefined {
  if (typeof config === 'string') return step.template(config, at);
  if ('hex' in config) return fromHex(config.hex, at.locate(['hex']), step);
  if ('file' in config) return readBody(config.file, at.locate(['file']), step);
  const parts = config.multipart.map((one, index) => compilePart(one, at.locate(['multipart', index]), step));
  return parts.every((one) => one !== undefined) ? new Multipart(parts) : undefined;
}

function fromHex(digits: string, at: PlanNode, step: StepCompiler): Uint8Array | undefined {
  if (hexDigits.test(digits)) return Buffer.from(digits, 'hex');
  step.diagnostics.error(at, `'hex': expected pairs of hexadecimal digits without spaces, found '${digits}'`);
  return undefined;
}

/** Relative to the working directory, as in drill. */
function readBody(file: string, at: PlanNode, step: StepCompiler): Uint8Array | undefined {
  try {
    return readFile(resolve(step.plan.options.cwd, file));
  } catch (error) {
    step.diagnostics.error(at, `cannot read the body '${file}': ${unreadable(error)}`);
    return undefined;
  }
}

function compilePart(config: v.InferOutput<typeof part>, at: PlanNode, step: StepCompiler): Part | undefined {
  const { name, value, file, file_name: fileName, content_type: contentType } = config;
  if ((value === undefined) === (file === undefined)) {
    step.diagnostics.error(at, `a part has either a 'value' or a 'file'`);
    return undefined;
  }
  if (value !== undefined)
    return {
      name,
      value: step.template(value, at.locate(['value'])),
      ...(contentType === undefined ? {} : { contentType }),
    };
  const bytes = readBody(file as string, at.locate(['file']), step);
  if (bytes === undefined) return undefined;
  return {
    name,
    value: bytes,
    fileName: fileName ?? basename(file as string),
    contentType: contentType ?? 'application/octet-stream',
  };
}
