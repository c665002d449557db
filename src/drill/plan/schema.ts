import * as v from 'valibot';
import { durationPattern, parseDurationMs } from '../../core/units.js';
import { Float, render, type Value } from '../value.js';

// The validators that plans are made of. The message of each says what was expected, so that every error
// reads "expected …, found …". Their metadata is for the JSON Schema of plans, which knows nothing of functions.

const integerNumber = v.pipe(v.number(), v.integer());

/** Text, or an integer, which becomes text: what drill takes for a name, a URL or a value. */
export const text = v.pipe(
  v.union([v.string(), integerNumber, v.bigint()], 'a text or a whole number'),
  v.transform((value) => render(value)),
);

/** Text only. */
export const string = v.string('a text');

export const boolean = v.boolean('true or false');

/** A whole number that fits a double. */
export const integer = v.pipe(v.number('a whole number'), v.integer('a whole number'));

/** A whole number from `min` upwards. */
export function integerFrom(min: number): typeof integer {
  const expected = `a whole number from ${min}`;
  return v.pipe(v.number(expected), v.integer(expected), v.minValue(min, expected)) as unknown as typeof integer;
}

/** Any number, whole or not. */
export const number = v.pipe(
  v.union([v.number(), v.instance(Float)], 'a number'),
  v.transform((value) => (value instanceof Float ? value.value : value)),
);

/** A time such as 500ms or 5s; a bare number counts seconds. In milliseconds. */
export const duration = v.pipe(
  v.union([v.string(), v.number(), v.instance(Float)], 'a duration such as 500ms or 5s'),
  v.metadata({ pattern: durationPattern.source }),
  v.check((given) => parseDurationMs(render(given)) !== undefined, 'a duration such as 500ms or 5s'),
  v.transform((given) => parseDurationMs(render(given)) as number),
);

/** Names and texts, such as headers. */
export const texts = v.record(v.string(), v.string('a text'), 'a mapping');

/** Whatever YAML holds; validation passes over it, who needs it looks at its node. */
export const anything = v.custom<Value>(() => true);

/**
 * A key that drill ignores when its value has another type, instead of refusing the plan: so does archbench,
 * but it says so.
 */
export function lenient<S extends v.GenericSchema>(schema: S): v.OptionalSchema<S, undefined> {
  lenientSchemas.add(schema);
  return v.optional(schema);
}

/** The same for a text: a mapping in its place is refused, as drill does. */
export function optionalText<S extends v.GenericSchema>(schema: S): v.OptionalSchema<S, undefined> {
  textSchemas.add(schema);
  return lenient(schema);
}

const textSchemas = new WeakSet<v.GenericSchema>();
const lenientSchemas = new WeakSet<v.GenericSchema>();

/** Whether a value of the wrong type is ignored. */
export function isLenient(schema: v.GenericSchema, isMapping: boolean): boolean {
  const inner = (schema as { wrapped?: v.GenericSchema }).wrapped;
  return inner !== undefined && lenientSchemas.has(inner) && !(isMapping && textSchemas.has(inner));
}
