import type { CounterRow } from '../counters.js';

/** Answers that wait for those behind them, to leave together. */
export class Output {
  readonly #row: CounterRow;
  #parts: Uint8Array[] = [];
  bytes = 0;

  constructor(row: CounterRow) {
    this.#row = row;
  }

  add(part: Uint8Array): void {
    this.#parts.push(part);
    this.bytes += part.length;
  }

  /** All of them, counted as sent. */
  take(): Uint8Array {
    const parts = this.#parts;
    this.#row.sent(this.bytes);
    this.bytes = 0;
    if (parts.length === 1) return parts.pop() as Uint8Array;
    this.#parts = [];
    return Buffer.concat(parts);
  }
}
