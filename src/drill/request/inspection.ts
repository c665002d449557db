import * as v from 'valibot';
import type { Checked, CompiledCheck } from '../check.js';
import { compilePattern } from '../operators.js';
import type { PlanNode } from '../plan/node.js';
import { anything, string, text } from '../plan/schema.js';
import type { StepCompiler } from '../plan/step-compiler.js';
import { describe, didYouMean, validate } from '../plan/validate.js';
import { variablePath } from '../template.js';
import { lookUp, type Value } from '../value.js';
import type { ResponseValue } from './response-value.js';

const source = v.union(
  [string, v.object({ regex: string, header: v.optional(string) }), v.object({ json: text })],
  'a regular expression, { regex, header } or { json: path }',
);

/** The keys of a request step that look at its response. */
export const inspectionEntries = {
  check: v.optional(
    v.pipe(
      v.array(anything, 'a list of checks'),
      v.description('What must hold of the response; counted, the run goes on.'),
    ),
  ),
  extract: v.optional(
    v.pipe(
      v.record(v.string(), source, 'a mapping'),
      v.description('Variables taken from the response by regular expression or JSON path.'),
    ),
  ),
};

const noHeaders = 'a reply in frames has no headers';

type Extract = readonly [variable: string, from: (response: ResponseValue) => Value | undefined];

/** What a step looks for in its response, beyond the status that decides success. */
export interface Inspection {
  readonly checks: readonly CompiledCheck[];
  readonly extracts: readonly Extract[];
  readonly keepsHeaders: boolean;
  readonly keepsBody: boolean;
}

/**
 * Compiles what is right of it; each check that is wrong is said, and the schema of the step says what is wrong with `extract`.
 * @param hasHeaders false: what comes has none to look at
 */
export function compileInspection(step: StepCompiler, hasHeaders = true): Inspection {
  const { checks: kinds } = step.plan.options.vocabulary;
  const checks: CompiledCheck[] = [];
  let keepsHeaders = false;
  let keepsBody = step.node.get('extract') !== undefined;
  for (const item of step.node.get('check')?.items() ?? []) {
    const keys = item.keys();
    if (keys.length === 0)
      step.diagnostics.error(
        item,
        `expected a check, a mapping with one of ${[...kinds.keys()].join(', ')}, found ${describe(item.value)}`,
      );
    for (const { name, node } of keys) {
      const kind = kinds.get(name);
      const at = item.get(name);
      if (kind === undefined || at === undefined) {
        step.diagnostics.error(node, `there is no check '${name}'`, didYouMean(name, [...kinds.keys()]));
        continue;
      }
      if (kind.keepsHeaders && !hasHeaders) step.diagnostics.error(node, noHeaders);
      const config = validate(kind.schema, at, step.diagnostics);
      if (config !== undefined) checks.push(kind.compile(config, step, at));
      keepsHeaders ||= kind.keepsHeaders;
      keepsBody ||= kind.keepsBody;
    }
  }
  const extracts: Extract[] = [];
  for (const { name: variable } of step.node.get('extract')?.keys() ?? []) {
    const at = step.node.locate(['extract', variable]);
    const { success, output: from } = v.safeParse(source, at.value);
    if (!success) continue;
    step.sets(variable);
    const looksAtHeader = typeof from !== 'string' && 'header' in from;
    if (looksAtHeader && !hasHeaders) step.diagnostics.error(step.node.locate(['extract', variable]), noHeaders);
    keepsHeaders ||= looksAtHeader;
    extracts.push([variable, compileExtract(from, step, at)]);
  }
  return { checks, extracts, keepsHeaders, keepsBody };
}

function compileExtract(from: v.InferOutput<typeof source>, step: StepCompiler, at: PlanNode): Extract[1] {
  if (typeof from !== 'string' && 'json' in from) {
    const path = variablePath(from.json);
    return (response) => lookUp(response.body, path);
  }
  const { regex, header } = typeof from === 'string' ? { regex: from, header: undefined } : from;
  const pattern = compilePattern(regex, step, at);
  return (response) => {
    const match = pattern.exec(header === undefined ? response.text : (response.header(header.toLowerCase()) ?? ''));
    // The first group when there is one, else all that matched.
    return match === null ? undefined : (match[1] ?? match[0]);
  };
}

/**
 * Stores what is extracted and counts what does not hold; the run goes on.
 * @returns how many checks held
 */
export function inspect({ checks, extracts }: Inspection, checked: Checked, failed: (message: string) => void): number {
  let passed = 0;
  for (const check of checks) {
    const wrong = check(checked);
    if (wrong === undefined) passed += 1;
    else failed(wrong);
  }
  for (const [variable, from] of extracts) {
    const value = from(checked.response);
    if (value === undefined) failed(`extract ${variable}: nothing found`);
    else checked.iteration.set(variable, value);
  }
  return passed;
}
