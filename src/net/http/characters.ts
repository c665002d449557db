// What byte may stand where, as one table look-up per byte (RFC 9110 §5.5, §5.6.2; RFC 9112 §3).

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const BACKSLASH = 0x5c;

/** A byte of a token: method or field name. */
export const TOKEN = 1;
/** A byte of a field value or a reason phrase: visible, space, tab, or 0x80..0xff. */
export const VALUE = 2;
/** A byte of a request target: visible ASCII. */
export const TARGET = 4;

/** A byte of a host with its port: name, address, or address in brackets (RFC 3986 §3.2.2). */
export const HOST = 8;

/** A whole token: a method, the name of a header (RFC 9110 §5.6.2). */
export const tokenPattern = /^[!#$%&'*+.^`|~\w-]+$/;

/** A whole field value, one character per byte: visible characters of Latin-1, spaces and tabs (RFC 9110 §5.5). */
export const fieldValuePattern = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether it is a space or a tab: OWS, as RFC 9110 §5.6.3 has it. */
export function isSpace(byte: number): boolean {
  return byte === SPACE || byte === HTAB;
}

/** For each byte, which of the classes above it belongs to. */
export const classes = new Uint8Array(256);

for (let byte = 0; byte < 256; byte += 1) {
  const visible = byte > SPACE && byte < 0x7f;
  if (tokenPattern.test(String.fromCharCode(byte))) classes[byte] = TOKEN;
  if (visible || byte === SPACE || byte === HTAB || byte >= 0x80) classes[byte] = (classes[byte] as number) | VALUE;
  if (visible) classes[byte] = (classes[byte] as number) | TARGET;
  if (/^[\w.~!$&'()*+,;=%:[\]-]$/.test(String.fromCharCode(byte))) classes[byte] = (classes[byte] as number) | HOST;
}

/** Takes off what HTTP calls space, and no more: to `String.trim` a byte 0xa0 is space too. */
export function trimSpace(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}

/** A byte for messages: `'x'`, or `0x0a`. */
export function describeByte(byte: number): string {
  return byte > SPACE && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `0x${byte.toString(16).padStart(2, '0')}`;
}
