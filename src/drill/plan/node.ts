import type { Float, Value } from '../value.js';
import type { PlanSource, Position } from './source.js';

/** A key of a mapping and what stands under it. */
export interface PlanEntry {
  /** `undefined` for a key that is no text or number: a list, a mapping. */
  readonly name: string | undefined;
  readonly keyOffset: number;
  readonly value: PlanNode;
}

/** What a mapping holds. */
export class PlanEntries {
  readonly list: readonly PlanEntry[];

  constructor(list: readonly PlanEntry[]) {
    this.list = list;
  }
}

export type PlanScalar = null | boolean | string | number | bigint | Float;

type PlanContent = PlanScalar | readonly PlanNode[] | PlanEntries;

/** A piece of a plan: its value, and where it stands. What an alias repeats is the same piece again. */
export class PlanNode {
  readonly source: PlanSource;
  /** Where it begins in the text; where its key does, when there is nothing after that. */
  readonly #offset: number;
  readonly #content: PlanContent;
  /** `!bar` where one is written that means nothing to a plan. */
  readonly tag: string | undefined;
  #value: Value | undefined;

  constructor(source: PlanSource, offset: number, content: PlanContent, tag?: string) {
    this.source = source;
    this.#offset = offset;
    this.#content = content;
    this.tag = tag;
  }

  get position(): Position {
    return this.source.position(this.#offset);
  }

  /** `plan.yml:7:5` */
  get place(): string {
    return this.source.place(this.#offset);
  }

  /** How a number is written, or a text that looks like one; nothing where it is quoted. */
  get written(): string {
    const word = /[-+.\w]*/y;
    word.lastIndex = this.#offset;
    return word.exec(this.source.text)?.[0] ?? '';
  }

  get isMapping(): boolean {
    return this.#content instanceof PlanEntries && this.tag === undefined;
  }

  get isList(): boolean {
    return Array.isArray(this.#content) && this.tag === undefined;
  }

  get #entries(): readonly PlanEntry[] {
    return this.#content instanceof PlanEntries ? this.#content.list : [];
  }

  /** The keys of a mapping in order, each with its place. */
  keys(): readonly { readonly name: string; readonly node: PlanNode }[] {
    return this.#entries.map(({ name = '?', keyOffset }) => ({
      name,
      node: new PlanNode(this.source, keyOffset, name),
    }));
  }

  /** What a mapping holds under `key`, or a list at that index; `undefined` when there is no such key. */
  get(key: string | number): PlanNode | undefined {
    if (Array.isArray(this.#content)) return this.items()[Number(key)];
    return this.#entries.find(({ name }) => name === String(key))?.value;
  }

  /** The items of a list. */
  items(): readonly PlanNode[] {
    return Array.isArray(this.#content) ? (this.#content as readonly PlanNode[]) : [];
  }

  /** The nearest existing piece on a path into this one. */
  locate(path: readonly (string | number)[]): PlanNode {
    const [key, ...rest] = path;
    const next = key === undefined ? undefined : this.get(key);
    return next === undefined ? this : next.locate(rest);
  }

  /** The value; made once. */
  get value(): Value {
    const content = this.#content;
    if (Array.isArray(content)) return (this.#value ??= this.items().map((item) => item.value));
    if (content instanceof PlanEntries) return (this.#value ??= this.#mapping());
    return content as PlanScalar;
  }

  #mapping(): Value {
    // No prototype: a key such as `__proto__` or `constructor` is a key like any other.
    const mapping = Object.create(null) as Record<string, Value>;
    for (const { name, value } of this.#entries) if (name !== undefined) mapping[name] = value.value;
    return mapping;
  }
}
