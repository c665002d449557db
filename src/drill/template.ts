import type { Generate, ValueGenerator } from './value-generator.js';
import type { Iteration } from './iteration.js';
import type { PlanNode } from './plan/node.js';
import type { Run } from './run.js';
import { render } from './value.js';
import { nearest } from '../core/nearest.js';

/** A text of the plan in which `{{ name }}` stands for values; parsed once, when the plan is compiled. */
export interface Template {
  readonly source: string;
  /** The text itself, when it has no placeholders. */
  readonly literal: string | undefined;
  /** What stands before its first placeholder. */
  readonly head: string;
  /** Settles for one run what cannot change during it. */
  readonly bind: (run: Run) => BoundTemplate;
}

export interface BoundTemplate {
  /** The whole text, when it is the same in every iteration of the run. */
  readonly literal: string | undefined;
  /** @throws {StopRun} for a variable that nothing defines, unless the run is relaxed */
  readonly render: (iteration: Iteration) => string;
}

// drill's grammar: a letter, then letters, digits and _ - . $ [ ]; anything else stays as it is written.
// Ours beside it, out of drill's reach because of the $: {{ $generator(argument, argument) }}.
const placeholder = / *([a-zA-Z][a-zA-Z0-9_\-.$[\]]*) *\}\}| *\$([a-zA-Z]\w*)(?:\(([^(){}]*)\))? *\}\}/y;

/** Of a text that is no placeholder. */
const longestShown = 40;

type Part = string | ((iteration: Iteration) => string);
type Source = string | Variable | Generated;

class Variable {
  /** As written: also the name of the environment variable that it may be. */
  readonly name: string;
  readonly root: string;
  readonly path: readonly string[];

  constructor(name: string) {
    this.name = name;
    [this.root, ...this.path] = variablePath(name) as [string, ...string[]];
  }
}

class Generated {
  readonly make: Generate;

  constructor(make: Generate) {
    this.make = make;
  }
}

/** The steps of a path: `a.b[0].c` is a, b, 0, c. */
export function variablePath(name: string): string[] {
  return name.replaceAll(']', '').split(/[.[]/);
}

/** What a template may call, by name. */
export type Generators = ReadonlyMap<string, ValueGenerator>;

/** Who is told what is wrong with a template. */
export interface TemplateMistakes {
  /** A generator was given arguments that it does not take. */
  readonly error: (message: string) => void;
  /** What looks like a placeholder is none. */
  readonly warn: (message: string, hint?: string) => void;
}

/** A text without placeholders: the same for every run, so it is bound as it is. A plan may have very many. */
class Literal implements Template, BoundTemplate {
  readonly literal: string;

  constructor(literal: string) {
    this.literal = literal;
  }

  get source(): string {
    return this.literal;
  }

  get head(): string {
    return this.literal;
  }

  bind(): BoundTemplate {
    return this;
  }

  render(): string {
    return this.literal;
  }
}

class Interpolated implements Template {
  readonly source: string;
  readonly literal = undefined;
  readonly #parts: readonly Source[];
  readonly #at: PlanNode;

  constructor(source: string, parts: readonly Source[], at: PlanNode) {
    this.source = source;
    this.#parts = parts;
    this.#at = at;
  }

  get head(): string {
    const [first] = this.#parts;
    return typeof first === 'string' ? first : '';
  }

  bind(run: Run): BoundTemplate {
    return bind(this.#parts.map((part) => bindPart(part, run, this.#at)));
  }
}

/**
 * Parses a text of the plan. Replacement is single-pass: what a value contains is never looked into.
 * @param at where it stands in the plan, for the message about a variable that nothing has set
 */
export function parseTemplate(source: string, at: PlanNode, generators: Generators, told: TemplateMistakes): Template {
  const parts = parse(source, generators, told);
  return parts.every((part) => typeof part === 'string') ? new Literal(source) : new Interpolated(source, parts, at);
}

function parse(source: string, generators: Generators, told: TemplateMistakes): Source[] {
  if (!source.includes('{{')) return [source];
  const parts: Source[] = [];
  let isWarned = false;
  let literalFrom = 0;
  for (let at = source.indexOf('{{'); at !== -1; at = source.indexOf('{{', at)) {
    placeholder.lastIndex = at + 2;
    const match = placeholder.exec(source);
    const part = match === null ? undefined : parsePlaceholder(match, generators, told.error);
    if (part === undefined) {
      // Of many braces the last two count.
      if (!isWarned && source[at + 2] !== '{') {
        warnOf(source.slice(at), generators, told);
        isWarned = true;
      }
      at += 1;
      continue;
    }
    parts.push(source.slice(literalFrom, at), part);
    literalFrom = placeholder.lastIndex;
    at = literalFrom;
  }
  parts.push(source.slice(literalFrom));
  return parts.filter((part) => part !== '');
}

/** Tells that a text which begins with two braces is no placeholder, and what was perhaps meant. */
function warnOf(text: string, generators: Generators, { warn }: TemplateMistakes): void {
  const end = text.indexOf('}}');
  const shown = text.slice(0, Math.min(end === -1 ? text.length : end + 2, longestShown));
  const [, generator] = /^\{\{ *\$(\w+)/.exec(text) ?? [];
  const near = generator === undefined ? undefined : nearest(generator, [...generators.keys()]);
  warn(
    `'${shown}' ${end === -1 ? 'is not closed by }}' : 'stands for nothing'}: it is taken as it stands`,
    near === undefined || near === generator ? undefined : `did you mean '$${near}'?`,
  );
}

function parsePlaceholder(
  [, variable, generator, given]: RegExpExecArray,
  generators: Generators,
  problem: (message: string) => void,
): Source | undefined {
  if (variable !== undefined) return new Variable(variable);
  const kind = generators.get(generator as string);
  if (kind === undefined) return undefined;
  const values = given === undefined || given.trim() === '' ? [] : given.split(',').map((argument) => argument.trim());
  const made = kind.create(values);
  if (typeof made === 'function') return new Generated(made);
  problem(`$${generator} ${made.problem}`);
  return '';
}

function bindPart(part: Source, run: Run, at: PlanNode): Part {
  if (typeof part === 'string') return part;
  if (part instanceof Generated) return part.make;
  // What no step and no item ever sets can only come from the environment, and that does not change.
  if (!run.settable.has(part.root)) {
    const constant = run.env[part.name];
    if (constant !== undefined) return constant;
  }
  return (iteration) => {
    const value = iteration.lookUp(part.root, part.path);
    if (value !== undefined) return render(value);
    return run.env[part.name] ?? run.unknownVariable(part.name, at, iteration.number);
  };
}

function bind(parts: readonly Part[]): BoundTemplate {
  const constant = parts.every((part) => typeof part === 'string');
  if (constant) {
    const literal = parts.join('');
    return { literal, render: () => literal };
  }
  const [first, second] = parts;
  if (parts.length === 1 && typeof first === 'function') return { literal: undefined, render: first };
  if (parts.length === 2 && typeof first === 'string' && typeof second === 'function')
    return { literal: undefined, render: (iteration) => first + second(iteration) };
  return {
    literal: undefined,
    render: (iteration) => {
      let text = '';
      for (const part of parts) text += typeof part === 'string' ? part : part(iteration);
      return text;
    },
  };
}

const toldToNobody: TemplateMistakes = { error: () => undefined, warn: () => undefined };

/** Whether a text has anything in it that a template would replace by a variable. */
export function hasPlaceholder(text: string): boolean {
  return parse(text, new Map(), toldToNobody).some((part) => typeof part !== 'string');
}

/**
 * A text of the plan that only the environment may fill.
 * @param unknown gives the text for a variable that the environment lacks
 */
export function fromEnvironment(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  unknown: (name: string) => string,
): string {
  let filled = '';
  for (const part of parse(text, new Map(), toldToNobody))
    if (typeof part === 'string') filled += part;
    else if (part instanceof Variable) filled += env[part.name] ?? unknown(part.name);
  return filled;
}
