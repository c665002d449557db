import { unreadable } from '../../core/unreadable.js';
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

  constructor(file: string, path: string, text: string) {
    this.file = file;
    this.path = path;
    this.text = text;
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
  try {
    // As drill does, so that a block scalar that ends the file has no last line break in both.
    return new PlanSource(
      file,
      path,
      readFile(path)
        .toString('utf8')
        .replace(/^\uFEFF/, '')
        .trimEnd(),
    );
  } catch (error) {
    throw new UserError(`cannot read the plan '${file}': ${unreadable(error)}`, { cause: error });
  }
}
