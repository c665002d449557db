import { Lexer } from 'yaml';

// libyaml, and so drill, lets a quoted text go on at the very start of a line:
//
//     plan:
//       - name: "one
//     two"
//
// YAML 1.2 wants its lines indented, and so does the lexer. It is shown such a text on one line, a mark in place of each
// line break; the parser then gets the line breaks back. As nothing changes its length, every place stays what it was.

/** A noncharacter of Unicode, which no text holds. */
const mark = '\uFFFE';
/** Each one means to begin anew: enough for plans that people write. */
const maxTexts = 100;

const doubleQuoted = /"(?:[^"\\]|\\[^])*"/y;
const singleQuoted = /'(?:[^']|'')*'/y;
const documentMarker = /^(?:---|\.\.\.)\s/m;

/** The lexemes of a YAML text in which lines of quoted texts need not be indented; `undefined` when it has no such text. */
export function unbrokenQuotes(text: string): Iterable<string> | undefined {
  const marked = markLineBreaks(text);
  return marked === text ? undefined : lexemes(marked);
}

function* lexemes(marked: string): Generator<string> {
  for (const lexeme of new Lexer().lex(marked)) yield lexeme.replaceAll(mark, '\n');
}

function markLineBreaks(text: string): string {
  if (text.includes(mark)) return text;
  let marked = text;
  for (let count = 0; count < maxTexts; count += 1) {
    const broken = findBroken(marked);
    if (broken === undefined) return marked;
    const [start, end] = broken;
    marked = marked.slice(0, start) + marked.slice(start, end).replaceAll('\n', mark) + marked.slice(end);
  }
  return text;
}

/** The first quoted text whose end the lexer does not see. */
function findBroken(text: string): readonly [start: number, end: number] | undefined {
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const quoted = lexeme.startsWith('"') ? doubleQuoted : lexeme.startsWith("'") ? singleQuoted : undefined;
    if (quoted !== undefined) {
      quoted.lastIndex = offset;
      const whole = quoted.exec(text)?.[0];
      if (whole === undefined || documentMarker.test(whole)) return undefined;
      if (whole.length > lexeme.length) return [offset, offset + whole.length];
    }
    if (!signals.has(lexeme)) offset += lexeme.length;
  }
  return undefined;
}

/** What the lexer says beside the pieces of the text: a document begins, a flow is broken off, a scalar follows. */
const signals: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001F']);
