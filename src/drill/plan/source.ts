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

  /** @param isWritten whether somebody has written it: else its lines say nothing to the user */
  constructor(file: string, path: string, text: string, isWritten = true) {
    this.file = file;
    this.path = path;
    this.text = text;
    this.#isWritten = isWritten;
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
  const text = bytes.toString('utf8');
  if (!isUtf8(bytes)) throw new UserError(`cannot read the plan '${file}': line ${lineOfDamage(text)} is not UTF-8`);
  // As drill does, so that a block scalar that ends the file has no last line break in both.
  return new PlanSource(file, path, text.replace(/^\uFEFF/, '').trimEnd());
}

/** Where the decoder has put a replacement character. */
function lineOfDamage(text: string): number {
  return text.slice(0, text.indexOf('\uFFFD')).split('\n').length;
}
