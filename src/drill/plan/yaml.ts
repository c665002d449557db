import { Composer, isScalar, Lexer, type Document, type YAMLError } from 'yaml';
import type { Diagnostics } from './diagnostics.js';
import { ListPieces } from './list-pieces.js';
import type { PlanNode } from './node.js';
import type { PlanSource } from './source.js';
import { PlanTree } from './tree.js';
import { unbrokenQuotes } from './unindented-quotes.js';
import { withPlanNumbers } from './yaml-numbers.js';

const options = {
  prettyErrors: false,
  // The library compares each key with all others: see PlanTree.
  uniqueKeys: false,
  // Whatever a %YAML directive says.
  schema: 'core',
  customTags: withPlanNumbers,
  logLevel: 'silent',
} as const;

/** A directive, an anchor, an alias, or what looks like one: a piece then means something only together with the rest. */
const needsWhole = /^%|(?:^|[\s,[{])[&*]\S/m;

/**
 * The first document of a plan file that is not empty, or `undefined` when the text is not YAML or there is
 * none (said in `diagnostics`). YAML 1.2 core: `yes` is text, `0x10` is 16, `010` is text, `<<` is a key, a key twice is an error.
 */
export function parseYaml(source: PlanSource, diagnostics: Diagnostics): PlanNode | undefined {
  if (source.damagedAt !== undefined) {
    for (const { index } of source.text.matchAll(/^|(?<=\n)/g)) source.lines.addNewLine(index);
    diagnostics.add('error', source, source.position(source.damagedAt), 'this is not UTF-8, which a plan is');
    return undefined;
  }
  const plan = compose(source, new Lexer().lex(source.text), diagnostics);
  const isUnclosed = plan?.errors.some(({ code }) => code === 'MISSING_CHAR') ?? false;
  const unbroken = isUnclosed ? unbrokenQuotes(source.text) : undefined;
  const read = unbroken === undefined ? plan : compose(source, unbroken, diagnostics);
  if (read === undefined) {
    diagnostics.add('error', source, source.position(0), 'the file is empty, a plan was expected');
    return undefined;
  }
  const [error] = read.errors;
  if (error === undefined) return read.root();
  // Of a broken syntax only the first sign means anything.
  diagnostics.add('error', source, source.position(error.pos[0]), `not valid YAML: ${reasonOf(error)}`);
  return undefined;
}

interface ComposedPlan {
  /** In the order of the text. */
  readonly errors: readonly YAMLError[];
  readonly root: () => PlanNode;
}

function compose(source: PlanSource, lexemes: Iterable<string>, diagnostics: Diagnostics): ComposedPlan | undefined {
  source.lines.lineStarts.length = 0;
  const pieces = new ListPieces(options, (node) => tree.build(node));
  const tree = new PlanTree(source, diagnostics, (offset) => pieces.of(offset));
  const tokens = pieces.tokens(lexemes, source.lines.addNewLine, !needsWhole.test(source.text));
  for (const { contents, errors, range } of new Composer(options).compose(tokens)) {
    const all = [...pieces.errors.filter(({ pos }) => pos[0] < range[2]), ...errors];
    if (all.length > 0 || !isEmpty(contents))
      return { errors: all.toSorted((a, b) => a.pos[0] - b.pos[0]), root: () => tree.root(contents, range[2]) };
  }
  return undefined;
}

/** Nothing at all, or a `---` with nothing after it. */
function isEmpty(contents: Document.Parsed['contents']): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && !contents.source);
}

function reasonOf({ code, message }: YAMLError): string {
  if (code === 'RESOURCE_EXHAUSTION') return 'lists and mappings are nested too deeply';
  return message.charAt(0).toLowerCase() + message.slice(1);
}
