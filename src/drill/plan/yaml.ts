import {
  Composer,
  isScalar,
  parseAllDocuments,
  visit,
  type Document,
  type ScalarTag,
  type Tags,
  type YAMLError,
} from 'yaml';
import type { Diagnostics } from './diagnostics.js';
import { PlanNode } from './node.js';
import type { PlanSource } from './source.js';
import { parseUnindentedQuotes } from './unindented-quotes.js';

/**
 * The first document of a plan file that is not empty, or `undefined` when the text is not YAML or there is
 * none (said in `diagnostics`). YAML 1.2 core: `yes` is text, `0x10` is 16, `010` is text, `<<` is a key, a key twice is an error.
 */
export function parseYaml(source: PlanSource, diagnostics: Diagnostics): PlanNode | undefined {
  const documents = parseDocuments(source);
  const document = documents.find(({ contents, errors }) => !isEmpty(contents) || errors.length > 0);
  if (document === undefined) {
    diagnostics.add('error', source, source.position(0), 'the file is empty, a plan was expected');
    return undefined;
  }
  // Each key that stands twice is a mistake of its own; of a broken syntax only the first sign means anything.
  const syntax = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (syntax !== undefined)
    diagnostics.add('error', source, source.position(syntax.pos[0]), `not valid YAML: ${reasonOf(syntax)}`);
  for (const { code, pos } of document.errors)
    if (code === 'DUPLICATE_KEY')
      diagnostics.add('error', source, source.position(pos[0]), 'this key stands here twice');
  if (document.errors.length > 0) return undefined;
  checkAliases(document, source, diagnostics);
  return new PlanNode(source, document, document.contents);
}

const options = {
  prettyErrors: false,
  // Whatever a %YAML directive says.
  schema: 'core',
  customTags: (tags: Tags): Tags => [...tags.filter((tag) => !isNumberTag(tag)), wholeNumber, fraction],
  logLevel: 'silent',
} as const;

function parseDocuments(source: PlanSource): readonly Document.Parsed[] {
  const documents: readonly Document.Parsed[] = parseAllDocuments(source.text, {
    ...options,
    lineCounter: source.lines,
  });
  const isUnclosed = documents.some(({ errors }) => errors.some(({ code }) => code === 'MISSING_CHAR'));
  const tokens = isUnclosed ? parseUnindentedQuotes(source.text, source.lines) : undefined;
  return tokens === undefined ? documents : [...new Composer(options).compose(tokens)];
}

/** Nothing at all, or a `---` with nothing after it. */
function isEmpty(contents: Document.Parsed['contents']): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && !contents.source);
}

function isNumberTag(tag: Tags[number]): boolean {
  return typeof tag === 'object' && /:(?:int|float)$/.test(tag.tag);
}

/** As drill reads them: 0x, 0o and 0b with a sign, too; digits after a 0, such as 007, are a text. */
const wholeNumber: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?(?:0|[1-9]\d*|0x[\da-fA-F]+|0o[0-7]+|0b[01]+)$/,
  resolve: (text) => {
    const magnitude = BigInt(text.replace(/^[-+]/, ''));
    return text.startsWith('-') ? -magnitude : magnitude;
  },
};

/** One too large for a double is a text. */
const fraction: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^(?:[-+]?(?:\.\d+|\d+\.\d*|(?:\d+(?:\.\d*)?|\.\d+)[eE][-+]?\d+)|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  resolve: (text) => {
    if (/n/i.test(text)) return /nan/i.test(text) ? NaN : text.startsWith('-') ? -Infinity : Infinity;
    const value = Number(text);
    return Number.isFinite(value) ? value : text;
  },
};

/** An alias stands for something, and not for what it stands in itself. */
function checkAliases(document: Document.Parsed, source: PlanSource, diagnostics: Diagnostics): void {
  visit(document, {
    Alias: (_key, alias) => {
      const at = alias.range?.[0] ?? 0;
      const target = alias.resolve(document);
      const [start, , end] = target?.range ?? [0, 0, 0];
      const text =
        target === undefined
          ? `there is no anchor '&${alias.source}' above`
          : start <= at && at < end
            ? `'*${alias.source}' stands inside of what it repeats`
            : undefined;
      if (text !== undefined) diagnostics.add('error', source, source.position(at), text);
    },
  });
}

function reasonOf({ code, message }: YAMLError): string {
  if (code === 'RESOURCE_EXHAUSTION') return 'lists and mappings are nested too deeply';
  return message.charAt(0).toLowerCase() + message.slice(1);
}
