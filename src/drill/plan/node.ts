import { isAlias, isMap, isScalar, isSeq, stringify, type Document, type Node, type Scalar } from 'yaml';
import { Float, integerValue, type Value } from '../value.js';
import type { PlanSource, Position } from './source.js';

/** A piece of a plan: its value, and where it stands. */
export class PlanNode {
  readonly source: PlanSource;
  readonly #document: Document;
  readonly #node: Node | null;
  /** Offset to point at when the node itself has none: a key without a value. */
  readonly #fallback: number;
  #value: Value | undefined;

  constructor(source: PlanSource, document: Document, node: Node | null, fallback = 0) {
    this.source = source;
    this.#document = document;
    this.#node = isAlias(node) ? (node.resolve(document) ?? null) : node;
    // An error in what an alias stands for is shown where the alias is used.
    this.#fallback = isAlias(node) ? (node.range?.[0] ?? fallback) : fallback;
  }

  get #offset(): number {
    return this.#node?.range?.[0] ?? this.#fallback;
  }

  get position(): Position {
    return this.source.position(this.#offset);
  }

  /** This piece as YAML of its own, in block style. */
  toYaml(): string {
    return stringify(this.#node?.toJS(this.#document) ?? null, { indentSeq: false, singleQuote: true });
  }

  /** `!bar` where one is written that means nothing to a plan. */
  get tag(): string | undefined {
    return this.#node !== null && isTagged(this.#node) ? this.#node.tag : undefined;
  }

  get isMapping(): boolean {
    return isMap(this.#node) && !isTagged(this.#node);
  }

  get isList(): boolean {
    return isSeq(this.#node) && !isTagged(this.#node);
  }

  /** The keys of a mapping in order, each with its place. */
  keys(): readonly { readonly name: string; readonly node: PlanNode }[] {
    if (!isMap(this.#node)) return [];
    return this.#node.items.map(({ key }) => ({
      name: isScalar(key) ? keyText(key) : '?',
      node: new PlanNode(this.source, this.#document, key as Node, this.#offset),
    }));
  }

  /** What a mapping holds under `key`, or a list at that index; `undefined` when there is no such key. */
  get(key: string | number): PlanNode | undefined {
    if (isMap(this.#node)) {
      const pair = this.#node.items.find((item) => isScalar(item.key) && keyText(item.key) === String(key));
      if (pair === undefined) return undefined;
      const keyStart = (pair.key as Scalar).range?.[0] ?? this.#offset;
      return new PlanNode(this.source, this.#document, pair.value as Node | null, keyStart);
    }
    if (isSeq(this.#node)) {
      const item = this.#node.items[Number(key)] as Node | undefined;
      return item === undefined ? undefined : new PlanNode(this.source, this.#document, item, this.#offset);
    }
    return undefined;
  }

  /** The items of a list. */
  items(): readonly PlanNode[] {
    if (!isSeq(this.#node)) return [];
    return this.#node.items.map((item) => new PlanNode(this.source, this.#document, item as Node, this.#offset));
  }

  /** The nearest existing piece on a path into this one. */
  locate(path: readonly (string | number)[]): PlanNode {
    const [key, ...rest] = path;
    const next = key === undefined ? undefined : this.get(key);
    return next === undefined ? this : next.locate(rest);
  }

  /** The value; made once. */
  get value(): Value {
    this.#value ??= toValue(this.#node, this.#document, new Map(), this.source.text.length);
    return this.#value;
  }
}

function isTagged(node: Node): boolean {
  return node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:');
}

function keyText(key: Scalar): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

/**
 * @param made remembers what each node became: aliases share one value instead of copying it
 * @param end of the text of the plan
 */
function toValue(node: Node | null, document: Document, made: Map<Node, Value>, end: number): Value {
  if (node === null) return null;
  if (isAlias(node)) return toValue(node.resolve(document) ?? null, document, made, end);
  const known = made.get(node);
  if (known !== undefined) return known;
  if (isSeq(node)) {
    const list: Value[] = [];
    made.set(node, list);
    for (const item of node.items) list.push(toValue(item as Node, document, made, end));
    return list;
  }
  if (isMap(node)) {
    // No prototype: a key such as `__proto__` or `constructor` is a key like any other.
    const mapping = Object.create(null) as Record<string, Value>;
    made.set(node, mapping);
    for (const { key, value } of node.items)
      if (isScalar(key)) mapping[keyText(key)] = toValue(value as Node | null, document, made, end);
    return mapping;
  }
  const value = scalarValue(node.value);
  // The text of the plan ends without a line break, as it does for drill; so does a block scalar that ends it.
  const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  return isBlock && typeof value === 'string' && (node.range?.[1] ?? 0) >= end ? value.replace(/\n+$/, '') : value;
}

function scalarValue(value: unknown): Value {
  if (typeof value === 'bigint') return integerValue(String(value));
  if (typeof value === 'number') return new Float(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return null;
}
