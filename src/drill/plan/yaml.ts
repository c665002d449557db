import { parseAllDocuments, visit, type Document } from 'yaml';
import type { Diagnostics } from './diagnostics.js';
import { PlanNode } from './node.js';
import type { PlanSource } from './source.js';

/**
 * The first document of a plan file that is not empty, or `undefined` when the text is not YAML or there is
 * none (said in `diagnostics`). YAML 1.2 core: `yes` is text, `0x10` is 16, `<<` is a key, a key twice is an error.
 */
export function parseYaml(source: PlanSource, diagnostics: Diagnostics): PlanNode | undefined {
  const documents = parseAllDocuments(source.text, {
    lineCounter: source.lines,
    prettyErrors: false,
    intAsBigInt: true,
    logLevel: 'silent',
  }) as readonly Document.Parsed[];
  const document = documents.find(({ contents, errors }) => contents !== null || errors.length > 0);
  if (document === undefined) {
    diagnostics.add('error', source, source.position(0), 'the file is empty, a plan was expected');
    return undefined;
  }
  // Each key that stands twice is a mistake of its own; of a broken syntax only the first sign means anything.
  const syntax = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (syntax !== undefined)
    diagnostics.add('error', source, source.position(syntax.pos[0]), `not valid YAML: ${lowerFirst(syntax.message)}`);
  for (const { code, pos } of document.errors)
    if (code === 'DUPLICATE_KEY')
      diagnostics.add('error', source, source.position(pos[0]), 'this key stands here twice');
  if (document.errors.length > 0) return undefined;
  checkAliases(document, source, diagnostics);
  return new PlanNode(source, document, document.contents);
}

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

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
