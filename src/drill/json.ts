import { parse } from 'lossless-json';
import { Float, integerValue, type Value } from './value.js';

// A text without these has only numbers that JSON.parse keeps exactly: no point or exponent after a digit, no
// sixteen digits in a row, no -0. May match inside of texts too, which only costs time.
const needsCare = /\d[.eE]|\d{16}|-0/;

/** The value of a JSON text with numbers as they are written; `undefined` when it is not JSON. */
export function parseJson(text: string): Value | undefined {
  try {
    if (!needsCare.test(text)) return JSON.parse(text) as Value;
    return parse(text, undefined, {
      parseNumber: (digits) => (/[.eE]/.test(digits) ? new Float(Number(digits)) : integerValue(digits)),
      onDuplicateKey: ({ newValue }) => newValue,
    }) as Value;
  } catch {
    return undefined;
  }
}
