import type { Output } from './io.js';

/** One line at the bottom of a terminal that is written over again and again; elsewhere it does not exist. */
export class LiveLine {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  show(text: string): void {
    if (!this.#output.isTerminal) return;
    // Carriage return, then erase to the end of the line; a wrapped line could not be erased.
    this.#output.write(`\r\u001B[K${text.slice(0, this.#output.columns - 1)}`);
  }

  clear(): void {
    if (this.#output.isTerminal) this.#output.write('\r\u001B[K');
  }
}
