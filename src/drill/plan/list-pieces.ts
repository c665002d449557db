import {
  Composer,
  isSeq,
  Parser,
  type CST,
  type DocumentOptions,
  type Node,
  type ParseOptions,
  type SchemaOptions,
  type YAMLError,
} from 'yaml';
import type { PlanNode } from './node.js';

/** A plan may have very many steps; so many of its tokens are held at once. */
const pieceLength = 64;

/** The parser still looks at the last two items of a list. */
const unfinished = 2;

/**
 * Composes the outermost list of a document while it is still being parsed, some items at a time: the tokens of a long
 * list take eight times the memory of what is made of them.
 */
export class ListPieces {
  readonly #options: ParseOptions & DocumentOptions & SchemaOptions;
  readonly #build: (node: Node) => PlanNode;
  /** By the offset of its list, what was taken from it. */
  readonly #taken = new Map<number, PlanNode[]>();
  readonly errors: YAMLError[] = [];

  constructor(options: ParseOptions & DocumentOptions & SchemaOptions, build: (node: Node) => PlanNode) {
    this.#options = options;
    this.#build = build;
  }

  /**
   * Parses a text.
   * @param taking whether pieces of its list may be taken out
   */
  *tokens(lexemes: Iterable<string>, onNewLine: (offset: number) => void, taking: boolean): Generator<CST.Token> {
    const parser = new Parser(onNewLine);
    onNewLine(0);
    for (const lexeme of lexemes) {
      yield* parser.next(lexeme);
      if (taking && lexeme === '-') this.#take(parser.stack);
    }
    yield* parser.end();
  }

  /** The items that were taken from the list at that offset. */
  of(offset: number): readonly PlanNode[] {
    return this.#taken.get(offset) ?? [];
  }

  /** @param stack what is being parsed: a document, maybe a mapping, the list, … */
  #take([, outer, inner]: readonly CST.Token[]): void {
    const list = outer?.type === 'block-seq' ? outer : inner;
    if (list?.type !== 'block-seq' || list.items.length < pieceLength + unfinished) return;
    const items = list.items.splice(0, pieceLength);
    const piece: CST.Document = { type: 'document', offset: list.offset, start: [], value: { ...list, items } };
    const taken = this.#taken.get(list.offset) ?? [];
    this.#taken.set(list.offset, taken);
    for (const { contents, errors } of new Composer(this.#options).compose([piece])) {
      this.errors.push(...errors);
      if (isSeq<Node>(contents)) for (const item of contents.items) taken.push(this.#build(item));
    }
  }
}
