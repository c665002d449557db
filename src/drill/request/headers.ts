import { isUtf8 } from 'node:buffer';
import { fieldValuePattern } from '../../net/http/characters.js';

/** Headers as they go out: names and values in turn. */
export type HeaderList = readonly string[];

/** A value whose characters are bytes as they are. */
const asciiValuePattern = /^[\t\x20-\x7e]*$/;

/**
 * A text as a header value, one character per byte: what is beyond ASCII goes out as UTF-8.
 * `undefined` when HTTP allows no such value: a line break in it would begin another header.
 */
export function headerValue(text: string): string | undefined {
  if (asciiValuePattern.test(text)) return text;
  const encoded = Buffer.from(text, 'utf8').toString('latin1');
  return fieldValuePattern.test(encoded) ? encoded : undefined;
}

/** The text of a header that came, one character per byte, if its bytes are UTF-8. */
export function utf8Text(value: string): string | undefined {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** The place of a header's name in a list, or -1. */
export function indexOfHeader(headers: HeaderList, lowerCaseName: string): number {
  for (let at = 0; at < headers.length; at += 2) if ((headers[at] as string).toLowerCase() === lowerCaseName) return at;
  return -1;
}

/** The list without some headers. */
export function withoutHeaders(headers: HeaderList, lowerCaseNames: readonly string[]): HeaderList {
  return headers.filter((_, at) => !lowerCaseNames.includes((headers[at - (at % 2)] as string).toLowerCase()));
}
