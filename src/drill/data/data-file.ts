import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { folderOf } from '../plan/compiler.js';
import type { PlanNode } from '../plan/node.js';
import { unreadable } from '../../core/unreadable.js';
import type { StepCompiler } from '../plan/step-compiler.js';
import { hasPlaceholder } from '../template.js';
import { readFile } from './read-file.js';

const byteOrderMark = '\uFEFF';

/** Rows that are skipped are named up to here, then counted. */
const maxNamed = 3;

/** A file of items: its bytes, which stay as they are, and what there is to say of rows that are no items. */
export class DataFile {
  readonly bytes: Buffer;
  readonly #at: PlanNode;
  readonly #step: StepCompiler;
  /** Looked at once for the whole file: almost always that is all. */
  readonly #isUtf8: boolean;
  #skipped = 0;

  /**
   * Reads a file. Its path is relative to the plan file that names it.
   * @param at the path in the plan
   * @returns `undefined` when it cannot be read, and that is said
   */
  static read(at: PlanNode, step: StepCompiler): DataFile | undefined {
    const path = at.value as string;
    if (hasPlaceholder(path)) {
      step.diagnostics.error(at, `the path of a file is taken as it is, {{ }} in it would not be replaced`);
      return undefined;
    }
    try {
      return new DataFile(readFile(resolve(folderOf(at.source), path)), at, step);
    } catch (error) {
      step.diagnostics.error(at, `cannot read '${path}': ${unreadable(error)}`);
      return undefined;
    }
  }

  private constructor(bytes: Buffer, at: PlanNode, step: StepCompiler) {
    const mark = Buffer.from(byteOrderMark);
    this.bytes = bytes.subarray(0, mark.length).equals(mark) ? bytes.subarray(mark.length) : bytes;
    this.#at = at;
    this.#step = step;
    this.#isUtf8 = isUtf8(bytes);
  }

  isText(from: number, to: number): boolean {
    return this.#isUtf8 || isUtf8(this.bytes.subarray(from, to));
  }

  /** @param row `line 7`, as people count */
  skip(row: string, why: string): void {
    this.#skipped += 1;
    if (this.#skipped <= maxNamed) this.#step.diagnostics.warn(this.#at, `${row} is skipped: ${why}`);
  }

  /** @param rows how many there are: `4 rows` */
  tellSkipped(rows: string): void {
    if (this.#skipped > 0)
      this.#step.diagnostics.warn(
        this.#at,
        `${this.#skipped} of ${rows} ${this.#skipped === 1 ? 'is' : 'are'} skipped`,
      );
  }
}
