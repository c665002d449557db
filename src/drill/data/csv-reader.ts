const comma = 0x2c;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Reads the rows of a CSV text by the rules of Rust's `csv` crate, and so as drill does. Every text is valid:
 * a quote counts at the start of a field only, what follows the closing one belongs to the field as it stands, and one
 * that is never closed goes on to the end. Lines end with LF, CR or both; empty ones are no rows.
 *
 *     a,"b,""c"" d"e      two fields: a | b,"c" de
 */
export class CsvReader {
  readonly #bytes: Buffer;
  readonly #quote: number;
  /** Where to read on; after `next`, the end of the row that it has read. */
  position = 0;
  /** Where the row begins that `next` has read. */
  rowStart = 0;

  /** @param quote a byte */
  constructor(bytes: Buffer, quote: number) {
    this.#bytes = bytes;
    this.#quote = quote;
  }

  /**
   * Reads one row.
   * @param fields gets their texts, where they are wanted
   * @returns how many fields it has; 0 at the end of the text
   */
  next(fields?: string[]): number {
    const bytes = this.#bytes;
    while (isLineEnd(bytes[this.position])) this.position += 1;
    this.rowStart = this.position;
    if (this.position === bytes.length) return 0;
    for (let count = 1; ; count += 1) {
      const quoted = bytes[this.position] === this.#quote ? this.#quoted() : '';
      const plainFrom = this.position;
      while (this.position < bytes.length && !endsField(bytes[this.position])) this.position += 1;
      fields?.push(quoted + bytes.toString('utf8', plainFrom, this.position));
      if (bytes[this.position] !== comma) return count;
      this.position += 1;
    }
  }

  /** The text between quotes, two of them for one; ends behind the closing one. */
  #quoted(): string {
    const bytes = this.#bytes;
    let text = '';
    for (let from = this.position + 1; ;) {
      const found = bytes.indexOf(this.#quote, from);
      const close = found === -1 ? bytes.length : found;
      const isDoubled = bytes[close + 1] === this.#quote;
      text += bytes.toString('utf8', from, isDoubled ? close + 1 : close);
      this.position = Math.min(close + 1, bytes.length);
      if (!isDoubled) return text;
      from = close + 2;
    }
  }
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === lineFeed || byte === carriageReturn;
}

function endsField(byte: number | undefined): boolean {
  return byte === comma || isLineEnd(byte);
}
