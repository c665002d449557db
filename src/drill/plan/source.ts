import { unreadable } from '../../core/unreadable.js';
import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { LineCounter } from 'yaml';
import { UserError } from '../../core/errors.js';
import { readFile } from '../data/read-file.js';

/** Where something stands: lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The text of one plan file, and where its lines begin. */
export class PlanSource {
  /** As the user wrote it, for messages. */
  readonly file: string;
  readonly path: string;
  readonly text: string;
  /** The parser notes the starts of lines here. */
  readonly lines = new LineCounter();
  readonly #isWritten: boolean;
  /** Offset of the first character that stands for bytes that are no UTF-8. */
  readonly damagedAt: number | undefined;

  /** @param options.isWritten whether somebody has written it: else its lines say nothing to the user */
  constructor(
    file: string,
    path: string,
    text: string,
    options: { readonly isWritten?: boolean; readonly damagedAt?: number | undefined } = {},
  ) {
    this.file = file;
    this.path = path;
    this.text = text;
    this.#isWritten = options.isWritten ?? true;
    this.damagedAt = options.damagedAt;
  }

  /** `plan.yml:7:5`, in front of a message. */
  place(offset: number): string {
    const { file, line, column } = this.position(offset);
    return this.#isWritten ? `${file}:${line}:${column}` : file;
  }

  position(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** The text of a line, without its end. */
  line(number: number): string {
    const start = this.lines.lineStarts[number - 1] ?? 0;
    const end = this.lines.lineStarts[number] ?? this.text.length;
    return this.text.slice(start, end).replace(/[\r\n]+$/, '');
  }
}

/**
 * Reads a plan file.
 * @param file as the user wrote it; relative to `folder`
 * @throws {UserError} when it cannot be read
 */
export function readSource(file: string, folder: string): PlanSource {
  const path = resolve(folder, file);
  let bytes: Buffer;
  try {
    bytes = readFile(path);
  } catch (error) {
    throw new UserError(`cannot read the plan '${file}': ${unreadable(error)}`, { cause: error });
  }
  const text = textOf(bytes);
  const damagedAt = isUtf8(bytes) ? undefined : firstDamage(bytes);
  // As drill does, so that a block scalar that ends the file has no last line break in both.
  return new PlanSource(file, path, text.trimEnd(), { damagedAt });
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

/** Offset in the text of the first bytes that are no UTF-8. */
function firstDamage(bytes: Buffer): number {
  // Decoded and encoded again, nothing but the damage differs: U+FFFD stands for it.
  const encoded = Buffer.from(bytes.toString('utf8'));
  let at = encoded.findIndex((byte, index) => byte !== bytes[index]);
  while (isContinuation(encoded[at] as number)) at -= 1;
  return textOf(encoded.subarray(0, at)).length;
}

/** Whether a byte of UTF-8 goes on with a character that has begun before it. */
function isContinuation(byte: number): boolean {
  return (byte & 0b1100_0000) === 0b1000_0000;
}
