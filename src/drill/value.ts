/**
 * The values that plans, items and responses hold: JSON's, but with numbers as they were written.
 * An integer is a `number`, or a `bigint` where a double would lose digits; `1.0` is a `Float`, not 1.
 */
export type Value =
  | null
  | boolean
  | string
  | number
  | bigint
  | Float
  | LazyValue
  | readonly Value[]
  | { readonly [key: string]: Value };

/** A number that was written with a point or an exponent, or that no 64-bit integer holds. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  /**
   * The shortest digits that give the same number, always recognisable as a float: `1.0`, `1000.0`,
   * `1e+20`, `1e-7`, `-0.0`; a point between 1e-5 and 1e16, an exponent beyond, as drill 0.9.1 prints.
   */
  toString(): string {
    const { value } = this;
    if (!Number.isFinite(value)) return '';
    if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
    const [digits, exponent] = value.toExponential().split('e') as [string, string];
    const power = Number(exponent);
    if (power < -5 || power > 15) return `${digits}e${power < 0 ? '' : '+'}${power}`;
    const plain =
      power < 0 ? value.toFixed(Math.max(0, digits.replace(/[-.]/g, '').length - 1 - power)) : String(value);
    return plain.includes('.') ? plain : `${plain}.0`;
  }
}

/** A value that is made only when somebody looks into it: an assigned response, whose body may never be parsed. */
export abstract class LazyValue {
  abstract member(key: string): Value | undefined;
  abstract resolve(): Value;
}

function isObject(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Float);
}

/** An integer of any size: exact within 64 bits, a float beyond. */
export function integerValue(digits: string): number | bigint | Float {
  const short = Number(digits);
  if (Number.isSafeInteger(short)) return Object.is(short, -0) ? new Float(-0) : short;
  const exact = BigInt(digits);
  return exact >= -(2n ** 63n) && exact < 2n ** 64n ? exact : new Float(short);
}

/** What lies at a path such as `['body', 'users', '0', 'name']`; `undefined` when nothing does. */
export function lookUp(value: Value, path: readonly string[]): Value | undefined {
  let current: Value | undefined = value;
  for (const key of path) {
    if (current instanceof LazyValue) current = current.member(key);
    else if (Array.isArray(current))
      current = /^(?:0|[1-9]\d*)$/.test(key) ? (current[Number(key)] as Value) : undefined;
    else if (current !== undefined && isObject(current))
      current = Object.hasOwn(current, key) ? current[key] : undefined;
    else return undefined;
    if (current === undefined) return undefined;
  }
  return current;
}

/** The text of a value where it is interpolated: text as it is, nothing for null, compact JSON for lists and mappings. */
export function render(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  return typeof value === 'object' && !(value instanceof Float) ? toJson(value) : value.toString();
}

/** Compact JSON with sorted keys and numbers as they were. */
export function toJson(value: Value): string {
  if (value instanceof LazyValue) return toJson(value.resolve());
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Float) return value.toString() || 'null';
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(toJson).join(',')}]`;
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${toJson((value as { readonly [key: string]: Value })[key] as Value)}`);
  return `{${members.join(',')}}`;
}
