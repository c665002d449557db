import { printable } from '../core/printable.js';
import type { Output } from './io.js';

/** One line at the bottom of a terminal that is written over again and again; elsewhere it does not exist. */
export class LiveLine {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  /** @param more shown only where there is room for all of it */
  show(text: string, more = ''): void {
    if (!this.#output.isTerminal) return;
    const room = this.#output.columns - 1;
    const line = printable(text.length + more.length <= room ? `${text}${more}` : text);
    const fitting = line.length <= room ? line : `${line.slice(0, room - 1)}…`;
    // Carriage return, then erase to the end of the line; a wrapped line could not be erased.
    this.#output.write(`\r\u001B[K${fitting}`);
  }

  clear(): void {
    if (this.#output.isTerminal) this.#output.write('\r\u001B[K');
  }
}
