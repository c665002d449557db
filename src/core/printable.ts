const control = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const everyControl = new RegExp(control, 'gu');

/**
 * Control characters as the signs for them, ␛ for ESC, and what would turn a line round or break it as �: no text from
 * outside writes over a terminal.
 */
export function printable(text: string): string {
  // Nearly no text has any, and to look costs a third of replacing nothing: drill prints a line for each request.
  return control.test(text) ? text.replaceAll(everyControl, signOf) : text;
}

function signOf(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd';
}

/** The same of a text that is laid out in lines: their breaks, of whatever system, and tabs stay. */
export function printableLines(text: string): string {
  return text
    .split(/(\r?\n|\t)/)
    .map((part, at) => (at % 2 === 1 ? part : printable(part)))
    .join('');
}

/** The same of every text in plain data. */
export function printableData<T>(data: T): T {
  if (typeof data === 'string') return printable(data) as T;
  if (Array.isArray(data)) return data.map(printableData) as T;
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, printableData(value)])) as T;
}
