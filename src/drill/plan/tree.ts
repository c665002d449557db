import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Alias,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { Float, integerValue } from '../value.js';
import type { Diagnostics } from './diagnostics.js';
import { PlanEntries, PlanNode, type PlanEntry, type PlanScalar } from './node.js';
import type { PlanSource } from './source.js';

/** What an anchor stands for, and of how many pieces that is. */
interface Anchored {
  readonly node: PlanNode;
  readonly pieces: number;
}

/** A few lines of aliases of aliases could stand for more than any memory holds. */
const maxRepeated = 1_000_000;

/** Builds the tree of a plan from what the YAML library has composed, and puts what aliases repeat in their place. */
export class PlanTree {
  readonly #source: PlanSource;
  readonly #diagnostics: Diagnostics;
  readonly #taken: (offset: number) => readonly PlanNode[];
  /** By name what the last anchor above stands for; `open` as long as that is not complete. */
  readonly #anchors = new Map<string, Anchored | 'open'>();
  /** Pieces so far, what aliases repeat included. */
  #pieces = 0;
  #repeated = 0;
  /** Offsets of keys that stand in their mapping already. */
  readonly #repeatedKeys: number[] = [];

  /** @param taken gives the items that a list at that offset began with, and that are built already */
  constructor(source: PlanSource, diagnostics: Diagnostics, taken: (offset: number) => readonly PlanNode[]) {
    this.#source = source;
    this.#diagnostics = diagnostics;
    this.#taken = taken;
  }

  /**
   * The whole tree; each key that stands twice is a mistake of its own.
   * @param end offset behind the document: what was built of a later one does not matter
   */
  root(contents: Node | null, end: number): PlanNode {
    const root = this.build(contents);
    for (const offset of this.#repeatedKeys) if (offset < end) this.#tell(offset, 'this key stands here twice');
    return root;
  }

  /** @param above offset to point at when there is nothing at all: that of the key */
  build(node: Node | null, above = 0): PlanNode {
    if (node === null) return new PlanNode(this.#source, above, null);
    if (isAlias(node)) return this.#aliased(node);
    const { anchor } = node;
    if (anchor === undefined) return this.#plain(node, above);
    this.#anchors.set(anchor, 'open');
    const before = this.#pieces;
    const built = this.#plain(node, above);
    // Unless the same name stands inside again.
    if (this.#anchors.get(anchor) === 'open') this.#anchors.set(anchor, { node: built, pieces: this.#pieces - before });
    return built;
  }

  #plain(node: Node, above: number): PlanNode {
    this.#pieces += 1;
    const offset = node.range?.[0] ?? above;
    const tag = node.tag === undefined || node.tag.startsWith('tag:yaml.org,2002:') ? undefined : node.tag;
    if (isSeq(node)) {
      // Of !!omap and !!pairs the library makes pairs; to drill they are lists like any other.
      const items = node.items.map((item) =>
        isPair<Node, Node | null>(item)
          ? new PlanNode(this.#source, item.key.range?.[0] ?? offset, new PlanEntries([this.#entry(item, offset)]))
          : this.build(item as Node | null, offset),
      );
      return new PlanNode(this.#source, offset, [...this.#taken(offset), ...items], tag);
    }
    if (isMap(node)) {
      this.#noteRepeatedKeys(node);
      const entries = node.items.map((pair) => this.#entry(pair as Pair<Node, Node | null>, offset));
      return new PlanNode(this.#source, offset, new PlanEntries(entries), tag);
    }
    return new PlanNode(this.#source, offset, this.#scalar(node as Scalar), tag);
  }

  #entry({ key, value }: Pair<Node, Node | null>, above: number): PlanEntry {
    const keyOffset = key.range?.[0] ?? above;
    // An anchor at a key, an alias that is a key.
    if (!isScalar(key) || key.anchor !== undefined) this.build(key, above);
    return { name: isScalar(key) ? keyText(key) : undefined, keyOffset, value: this.build(value, keyOffset) };
  }

  #aliased(alias: Alias): PlanNode {
    const { source: name } = alias;
    const offset = alias.range?.[0] ?? 0;
    const target = this.#anchors.get(name);
    if (target === undefined) return this.#wrong(offset, `there is no anchor '&${name}' above`);
    if (target === 'open') return this.#wrong(offset, `'*${name}' stands inside of what it repeats`);
    const wereTooMany = this.#repeated > maxRepeated;
    this.#pieces += target.pieces;
    this.#repeated += target.pieces;
    if (this.#repeated <= maxRepeated) return target.node;
    // Said once.
    if (wereTooMany) return new PlanNode(this.#source, offset, null);
    return this.#wrong(offset, `aliases repeat more than ${maxRepeated} values`);
  }

  /** What the YAML library would find, too, by comparing each key with all others. */
  #noteRepeatedKeys({ items }: YAMLMap): void {
    const seen = new Set<unknown>();
    for (const { key } of items) {
      if (!isScalar(key)) continue;
      if (seen.has(key.value)) this.#repeatedKeys.push(key.range?.[0] ?? 0);
      seen.add(key.value);
    }
  }

  #tell(offset: number, problem: string): void {
    this.#diagnostics.add('error', this.#source, this.#source.position(offset), problem);
  }

  #wrong(offset: number, problem: string): PlanNode {
    this.#tell(offset, problem);
    return new PlanNode(this.#source, offset, null);
  }

  #scalar({ value, type, range, source }: Scalar): PlanScalar {
    if (typeof value === 'bigint') return integerValue(String(value));
    if (typeof value === 'number') return new Float(value);
    if (typeof value === 'boolean') return value;
    // To drill !!binary and !!timestamp are texts.
    if (typeof value !== 'string') return value === null ? null : (source ?? null);
    // The text of the plan ends without a line break, as it does for drill; so does a block scalar that ends it.
    const isBlock = type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED';
    return isBlock && (range?.[1] ?? 0) >= this.#source.text.length ? value.replace(/\n+$/, '') : value;
  }
}

function keyText({ value, source }: Scalar): string {
  return typeof value === 'string' ? value : (source ?? String(value));
}
