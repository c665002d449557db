import { type Json, jsonOrText } from '../../net/frames/messages.js';
import type { Iteration } from '../iteration.js';
import type { PlanNode } from '../plan/node.js';
import type { StepCompiler } from '../plan/step-compiler.js';
import type { Run } from '../run.js';
import { Float, type Value } from '../value.js';

/** Filled in for an iteration. */
type Part<T> = (run: Run) => (iteration: Iteration) => T;

/** What a call sends. */
export type CallBody = Part<Json>;

/**
 * The body of a call: a text, which may be JSON when it is filled in, or whatever else YAML holds. In the latter texts
 * are filled in one by one and stay texts, whatever stands in them.
 */
export function compileBody(node: PlanNode, step: StepCompiler): CallBody {
  if (typeof node.value !== 'string' || isTooLarge(node)) return compilePart(node, step);
  const template = step.template(node.value, node);
  return (run) => {
    const bound = template.bind(run);
    return (iteration) => jsonOrText(bound.render(iteration));
  };
}

function compilePart(node: PlanNode, step: StepCompiler): CallBody {
  if (node.isList) return listOf(node.items().map((item) => compilePart(item, step)));
  if (node.isMapping) return mappingOf(node.keys().map(({ name, node: key }) => compileMember(name, key, node, step)));
  const { value, tag } = node;
  if (tag !== undefined) {
    step.diagnostics.error(node, `a value with the tag ${tag} is no JSON`);
    return () => () => null;
  }
  if (typeof value === 'string' && !isTooLarge(node)) return compileText(value, node, step);
  const constant = scalarOf(value);
  if (constant === undefined) step.diagnostics.error(node, 'JSON has no such number');
  else if (losesDigits(node.written))
    step.diagnostics.error(
      node,
      `the numbers of calls are JavaScript's: ${node.written} would be sent as ${JSON.stringify(constant)}`,
      'a text keeps its digits',
    );
  return () => () => constant ?? null;
}

/** Like 1e999, which YAML leaves a text, as drill does. One in quotes is meant to be a text. */
function isTooLarge({ value, written }: PlanNode): boolean {
  return value === written && /\d/.test(written) && Math.abs(Number(written)) === Infinity;
}

/** Whether it is a whole number that no double holds exactly. */
function losesDigits(written: string): boolean {
  const magnitude = written.replace(/^[-+]/, '');
  const isWhole = /^(?:\d+|0x[\da-f]+|0o[0-7]+|0b[01]+)$/i.test(magnitude);
  return isWhole && BigInt(Number(magnitude)) !== BigInt(magnitude);
}

function compileMember(
  name: string,
  key: PlanNode,
  mapping: PlanNode,
  step: StepCompiler,
): readonly [name: Part<string>, value: CallBody] {
  const value = mapping.get(name);
  if (value === undefined)
    step.diagnostics.error(key, 'a key must be a text', "quote what begins with {{: '{{ name }}'");
  return [compileText(name, key, step), compilePart(value ?? key, step)];
}

function compileText(text: string, node: PlanNode, step: StepCompiler): Part<string> {
  const template = step.template(text, node);
  return (run) => {
    const bound = template.bind(run);
    return (iteration) => bound.render(iteration);
  };
}

function listOf(items: readonly CallBody[]): CallBody {
  return (run) => {
    const bound = items.map((item) => item(run));
    return (iteration) => bound.map((item) => item(iteration));
  };
}

function mappingOf(members: readonly (readonly [name: Part<string>, value: CallBody])[]): CallBody {
  return (run) => {
    const bound = members.map(([name, value]) => [name(run), value(run)] as const);
    return (iteration) => Object.fromEntries(bound.map(([name, value]) => [name(iteration), value(iteration)]));
  };
}

/** A number as JavaScript has it; `undefined` for what is none to JSON. */
function scalarOf(value: Value): Json | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  const number = value instanceof Float ? value.value : Number(value);
  return Number.isFinite(number) ? number : undefined;
}
