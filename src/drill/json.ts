import { parse } from 'lossless-json';
import { Float, integerValue, type Value } from './value.js';

// A text without these has only numbers that JSON.parse keeps exactly: no point or exponent after a digit, no
// sixteen digits in a row, no -0. May match inside of texts too, which only costs time.
const needsCare = /\d[.eE]|\d{16}|-0/;

/** Lists and mappings inside of each other: no more than serde_json, and so drill, reads. */
const maxDepth = 127;

/** The value of a JSON text with numbers as they are written; `undefined` when it is not JSON, or nested too deeply. */
export function parseJson(text: string): Value | undefined {
  const value = parseExactly(text);
  return value === undefined || isDeeper(value, maxDepth) ? undefined : value;
}

function parseExactly(text: string): Value | undefined {
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

function isDeeper(value: Value, depth: number): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Float) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner as Value, depth - 1));
}
