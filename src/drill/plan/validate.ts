import * as v from 'valibot';
import { nearest } from '../../core/nearest.js';
import { Float, toJson, type Value } from '../value.js';
import type { Diagnostics } from './diagnostics.js';
import type { PlanNode } from './node.js';
import { isLenient } from './schema.js';

type Entries = Readonly<Record<string, v.GenericSchema>>;

/**
 * What `schema` makes of a piece of a plan, or `undefined` when something in it is wrong. Every mistake goes
 * to `diagnostics`, each at its own place: wrong values as errors, unknown keys as warnings (drill ignores them).
 */
export function validate<S extends v.GenericSchema>(
  schema: S,
  node: PlanNode,
  diagnostics: Diagnostics,
): v.InferOutput<S> | undefined {
  warnOfUnknownKeys(schema, node, diagnostics);
  const result = v.safeParse(schema, withoutIgnored(schema, node, diagnostics));
  if (result.success) return result.output;
  for (const issue of result.issues) report(issue, node, diagnostics, []);
  return undefined;
}

function entriesOf(schema: v.GenericSchema): Entries | undefined {
  return (schema as { entries?: Entries }).entries;
}

/** The value without those keys that have a wrong type and that drill would ignore. */
function withoutIgnored(schema: v.GenericSchema, node: PlanNode, diagnostics: Diagnostics): Value {
  if (takesAnything(schema)) return null;
  const entries = entriesOf(schema);
  if (entries === undefined || !node.isMapping) return node.value;
  const kept: Record<string, Value> = {};
  for (const [key, entry] of Object.entries(entries)) {
    const child = node.get(key);
    if (child === undefined) continue;
    // To valibot a list is an object too, and so is a fraction.
    const isWrong = !child.isMapping && wantsMapping(entry);
    kept[key] = isWrong ? null : withoutIgnored(entry, child, diagnostics);
    if (!isLenient(entry, child.isMapping)) continue;
    const result = v.safeParse(entry, kept[key]);
    // Only a wrong type is ignored; a text that is not among the right ones, or something inside, is a mistake.
    if (result.success || result.issues[0].kind !== 'schema' || result.issues[0].path !== undefined) continue;
    diagnostics.warn(
      child,
      `'${key}' is ignored: expected ${result.issues[0].message}, found ${describe(child.value)}`,
    );
    delete kept[key];
  }
  return kept;
}

/** Then nobody wants its value from here, which may be all the steps of a plan. */
function takesAnything(schema: v.GenericSchema): boolean {
  const { type, wrapped } = schema as { type: string; wrapped?: v.GenericSchema };
  return wrapped === undefined ? type === 'custom' : takesAnything(wrapped);
}

function wantsMapping(schema: v.GenericSchema): boolean {
  const { type, wrapped } = schema as { type: string; wrapped?: v.GenericSchema };
  return wrapped === undefined ? type === 'object' || type === 'record' : wantsMapping(wrapped);
}

function warnOfUnknownKeys(schema: v.GenericSchema, node: PlanNode, diagnostics: Diagnostics): void {
  const { wrapped, item, options } = schema as {
    wrapped?: v.GenericSchema;
    item?: v.GenericSchema;
    options?: readonly v.GenericSchema[];
  };
  if (wrapped !== undefined) return warnOfUnknownKeys(wrapped, node, diagnostics);
  if (item !== undefined) {
    for (const child of node.items()) warnOfUnknownKeys(item, child, diagnostics);
    return;
  }
  const entries = entriesOf(schema) ?? mergedEntries(options);
  if (entries === undefined || !node.isMapping) return;
  const known = Object.keys(entries);
  for (const { name, node: key } of node.keys()) {
    const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
    const child = entry === undefined ? undefined : node.get(name);
    if (entry !== undefined && child !== undefined) warnOfUnknownKeys(entry, child, diagnostics);
    else diagnostics.warn(key, `unknown key '${name}'`, didYouMean(name, known));
  }
}

/** The keys of all the mappings that a value may be. */
function mergedEntries(options: readonly v.GenericSchema[] | undefined): Entries | undefined {
  const all = options?.map(entriesOf).filter((entries) => entries !== undefined);
  return all === undefined || all.length === 0 ? undefined : Object.fromEntries(all.flatMap(Object.entries));
}

/** `did you mean 'name'?`, or all that is known when nothing is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  return guess === undefined ? `known here: ${known.join(', ')}` : `did you mean '${guess}'?`;
}

function report(
  issue: v.BaseIssue<unknown>,
  node: PlanNode,
  diagnostics: Diagnostics,
  above: readonly (string | number)[],
): void {
  const path = [...above, ...(issue.path ?? []).map(({ key }) => key as string | number)];
  const key = path.at(-1);
  const value = issue.input as Value;
  // Of several forms that a value may have, the one that it comes nearest to: a mapping with the key that it has.
  const inner = issue.type === 'union' ? nearestForm(issue) : undefined;
  if (inner !== undefined) {
    for (const detail of inner) report(detail, node, diagnostics, path);
    return;
  }
  const at = node.locate(path);
  if (value === undefined && key !== undefined) {
    diagnostics.error(at, `'${key}' is missing`);
    return;
  }
  const found = exists(node, path) ? at.value : value;
  const what = key === undefined ? '' : typeof key === 'number' ? `item ${key}: ` : `'${key}': `;
  const expected = issue.kind === 'schema' && issue.type === 'object' ? 'a mapping' : issue.message;
  diagnostics.error(at, `${what}expected ${expected}, found ${describe(found)}`);
}

function exists(node: PlanNode, [key, ...rest]: readonly (string | number)[]): boolean {
  if (key === undefined) return true;
  const child = node.get(key);
  return child !== undefined && exists(child, rest);
}

/** What is wrong with the form of a mapping whose key is there; with the values in it, where no key decides. */
function nearestForm({ input, issues }: v.BaseIssue<unknown>): readonly v.BaseIssue<unknown>[] | undefined {
  const present = (issues ?? []).filter(
    ({ path }) => path !== undefined && Object.hasOwn(input as object, path[0].key as string),
  );
  return present.length > 0 ? present : undefined;
}

/** What stands there, in a few words. */
export function describeNode({ tag, value }: PlanNode): string {
  return tag === undefined ? describe(value) : `a value with the tag ${tag}`;
}

/** What a value is, in a few words: `text "abc"`, `the number 1.5`, `a list`. */
export function describe(value: Value | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text ${shorten(JSON.stringify(value))}`;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || typeof value === 'bigint') return `the number ${value}`;
  // Infinity and NaN have no text.
  if (value instanceof Float) return `the number ${value.toString() || String(value.value)}`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return `the mapping ${shorten(toJson(value))}`;
}

function shorten(textOfValue: string): string {
  return textOfValue.length <= 50 ? textOfValue : `${textOfValue.slice(0, 48)}…`;
}
