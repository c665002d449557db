import { UserError } from './errors.js';
import { nearest } from './nearest.js';
import { durationText, parseCount, parseDurationMs } from './units.js';

/** One knob of a variant: what it does, its default, how its text is read (`--set NAME=TEXT`). */
export interface Setting<T> {
  readonly description: string;
  readonly default: T;
  /** The default as `parse` reads it, where that is not how it prints. */
  readonly defaultText?: string;
  /** What a value looks like, for messages: `a whole number from 1 to 1024`. */
  readonly expected: string;
  /** The value in a text, or `undefined` when the text is not one. */
  readonly parse: (text: string) => T | undefined;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The values that belong to a set of settings: `{ workers: number, keepAlive: boolean }`. */
export type SettingValues<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

export function integerSetting(
  description: string,
  fallback: number,
  range: { readonly min: number; readonly max: number },
): Setting<number> {
  return {
    description,
    default: fallback,
    expected: `a whole number from ${range.min} to ${range.max}`,
    parse: (text) => {
      const value = parseCount(text);
      return value !== undefined && Number.isInteger(value) && value >= range.min && value <= range.max
        ? value
        : undefined;
    },
  };
}

const longestMs = 24 * 3600e3;

/**
 * A duration in milliseconds, written `2s` or `500ms`. A bare number is none: some would mean seconds, as in flags, and
 * others milliseconds. At least 1 ms, for to some clocks 0 means never and to others at once; at most a day, for timers
 * take 2^31 ms and more for 1.
 */
export function durationSetting(description: string, fallbackMs: number): Setting<number> {
  return {
    description,
    default: fallbackMs,
    defaultText: durationText(fallbackMs),
    expected: 'a duration with its unit, such as 500ms, 5s or 1m, from 1ms to 24h',
    parse: (text) => {
      const ms = /\d\s*$/.test(text) ? undefined : parseDurationMs(text);
      return ms !== undefined && ms >= 1 && ms <= longestMs ? ms : undefined;
    },
  };
}

export function booleanSetting(description: string, fallback: boolean): Setting<boolean> {
  return {
    description,
    default: fallback,
    expected: 'true or false',
    parse: (text) => ({ true: true, yes: true, on: true, false: false, no: false, off: false })[text.toLowerCase()],
  };
}

/** One of a few words, of which the first is the default. */
export function choiceSetting<T extends string>(description: string, words: readonly [T, ...T[]]): Setting<T> {
  return {
    description,
    default: words[0],
    expected: words.join(' or '),
    parse: (text) => words.find((word) => word === text),
  };
}

/**
 * The names and texts in `['workers=4', 'queue=1024']`.
 * @throws {UserError} for one that is none, or a name that comes twice: nobody could say which is meant
 */
export function readAssignments(assignments: readonly string[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const assignment of assignments) {
    const equals = assignment.indexOf('=');
    if (equals <= 0) throw new UserError(`--set needs NAME=VALUE, found '${assignment}'`);
    const name = assignment.slice(0, equals);
    const text = assignment.slice(equals + 1);
    const before = texts.get(name);
    if (before !== undefined) throw new UserError(`setting '${name}' is given twice: '${before}' and '${text}'`);
    texts.set(name, text);
  }
  return texts;
}

/**
 * The values that `texts` (of `readAssignments`) give to `settings`; the rest keep their defaults.
 * @param owner whose settings these are, for messages: `mode 'pooled'`
 * @param others what else could be meant, for the hint
 * @throws {UserError} one sentence for the first that is wrong
 */
export function readSettings<S extends Settings>(
  settings: S,
  texts: ReadonlyMap<string, string>,
  owner: string,
  others = '',
): SettingValues<S> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) values[name] = setting.default;
  for (const [name, text] of texts) {
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (setting === undefined) throw unknownSetting(name, Object.keys(settings), owner, others);
    const value = setting.parse(text);
    if (value === undefined)
      throw new UserError(`setting '${name}' of ${owner} expects ${setting.expected}, found '${text}'`);
    values[name] = value;
  }
  return values as SettingValues<S>;
}

function unknownSetting(name: string, known: readonly string[], owner: string, others: string): UserError {
  const guess = nearest(name, known);
  return new UserError(`${owner} has no setting '${name}'${guess === undefined ? '' : `, did you mean '${guess}'?`}`, {
    hint: known.length === 0 ? `${owner} has no settings` : `settings: ${known.join(', ')}${others}`,
  });
}
