import {
  BACKSLASH,
  classes,
  COLON,
  CR,
  describeByte,
  EQUALS,
  isSpace,
  LF,
  QUOTE,
  SEMICOLON,
  TOKEN,
  VALUE,
} from './characters.js';
import { HttpError } from './http-error.js';

/** Takes a range of body bytes out of a buffer that is reused afterwards. */
export type BodySink = (bytes: Uint8Array, from: number, to: number) => void;

// A line per state, in the order of the bytes (RFC 9112 §7.1):
//
//   1a;name="value" CR LF   data … CR LF   0 CR LF   Trailer: value CR LF   CR LF
//   size  extension-… size-lf data   data-cr data-lf   trailer-start/name/value/lf   end-lf
const State = {
  sizeStart: 0,
  size: 1,
  lineEnd: 2,
  extensionStart: 3,
  extensionName: 4,
  extensionNameEnd: 5,
  extensionValueStart: 6,
  extensionValue: 7,
  extensionQuoted: 8,
  extensionEscaped: 9,
  sizeLf: 10,
  data: 11,
  dataCr: 12,
  dataLf: 13,
  trailerStart: 14,
  trailerName: 15,
  trailerValue: 16,
  trailerLf: 17,
  endLf: 18,
} as const;

const extension = 'a chunk extension';

/** Eight hexadecimal digits: 4 GiB in one chunk. Zeros in front of them count as overhead. */
const maxSizeDigits = 8;

/**
 * Takes the chunked coding off a body, in place and fully incremental: keeps no bytes. Extensions and trailers are
 * checked and dropped.
 */
export class ChunkedDecoder {
  done = false;
  readonly #errorStatus: number;
  readonly #maxOverheadBytes: number;
  #state: number = State.sizeStart;
  #left = 0;
  #digits = 0;
  #overheadBytes = 0;

  /**
   * @param maxOverheadBytes most bytes of extensions and trailers together
   * @param errorStatus status of the errors thrown: 400 in a server, 502 in a client
   */
  constructor(maxOverheadBytes: number, errorStatus: number) {
    this.#maxOverheadBytes = maxOverheadBytes;
    this.#errorStatus = errorStatus;
  }

  /** Forgets everything: a new body begins. */
  reset(): void {
    this.done = false;
    this.#state = State.sizeStart;
    this.#overheadBytes = 0;
  }

  /**
   * Reads `bytes[from, end)` and hands the data in it to `sink`.
   * @returns where the next message starts when `done`, else `end`
   */
  decode(bytes: Uint8Array, from: number, end: number, sink: BodySink): number {
    let at = from;
    while (at < end) {
      if (this.#state === State.data) {
        const to = Math.min(end, at + this.#left);
        sink(bytes, at, to);
        this.#left -= to - at;
        at = to;
        if (this.#left > 0) return at;
        this.#state = State.dataCr;
        continue;
      }
      this.#step(bytes[at] as number);
      at += 1;
      if (this.done) return at;
    }
    return at;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case State.sizeStart:
        this.#left = 0;
        this.#digits = 0;
        this.#addDigit(byte);
        this.#state = State.size;
        break;
      case State.size:
        if (!this.#endsPart(byte)) this.#addDigit(byte);
        break;
      case State.lineEnd:
        this.#countOverhead();
        if (!this.#endsPart(byte)) throw this.#error(`${describeByte(byte)} after the size of a chunk`);
        break;
      case State.extensionStart:
        this.#countOverhead();
        if (isSpace(byte)) break;
        this.#expectClass(byte, TOKEN, extension);
        this.#state = State.extensionName;
        break;
      case State.extensionName:
        this.#countOverhead();
        if (byte === EQUALS) this.#state = State.extensionValueStart;
        else if (isSpace(byte)) this.#state = State.extensionNameEnd;
        else if (!this.#endsPart(byte)) this.#expectClass(byte, TOKEN, extension);
        break;
      case State.extensionNameEnd:
        this.#countOverhead();
        if (byte === EQUALS) this.#state = State.extensionValueStart;
        else if (!isSpace(byte) && !this.#endsPart(byte)) throw this.#error(`${describeByte(byte)} in ${extension}`);
        break;
      case State.extensionValueStart:
        this.#countOverhead();
        if (isSpace(byte)) break;
        if (byte !== QUOTE) this.#expectClass(byte, TOKEN, extension);
        this.#state = byte === QUOTE ? State.extensionQuoted : State.extensionValue;
        break;
      case State.extensionValue:
        this.#countOverhead();
        if (!this.#endsPart(byte)) this.#expectClass(byte, TOKEN, extension);
        break;
      case State.extensionQuoted:
        this.#countOverhead();
        if (byte === QUOTE) this.#state = State.lineEnd;
        else if (byte === BACKSLASH) this.#state = State.extensionEscaped;
        else this.#expectClass(byte, VALUE, extension);
        break;
      case State.extensionEscaped:
        this.#countOverhead();
        this.#expectClass(byte, VALUE, extension);
        this.#state = State.extensionQuoted;
        break;
      case State.sizeLf:
        this.#expectByte(byte, LF);
        this.#state = this.#left === 0 ? State.trailerStart : State.data;
        break;
      case State.dataCr:
        if (byte !== CR) throw this.#error('chunk is longer than its size');
        this.#state = State.dataLf;
        break;
      case State.dataLf:
        this.#expectByte(byte, LF);
        this.#state = State.sizeStart;
        break;
      case State.trailerStart:
        this.#countOverhead();
        if (byte !== CR) this.#expectClass(byte, TOKEN, 'the name of a trailer');
        this.#state = byte === CR ? State.endLf : State.trailerName;
        break;
      case State.trailerName:
        this.#countOverhead();
        if (byte === COLON) this.#state = State.trailerValue;
        else this.#expectClass(byte, TOKEN, 'the name of a trailer');
        break;
      case State.trailerValue:
        this.#countOverhead();
        if (byte === CR) this.#state = State.trailerLf;
        else this.#expectClass(byte, VALUE, 'a trailer');
        break;
      case State.trailerLf:
        this.#expectByte(byte, LF);
        this.#state = State.trailerStart;
        break;
      case State.endLf:
        this.#expectByte(byte, LF);
        this.done = true;
        break;
    }
  }

  /** A size, a name or a value is over; white space there is bad, and recipients take it all the same (RFC 9112 §7.1.1). */
  #endsPart(byte: number): boolean {
    if (byte === CR) this.#state = State.sizeLf;
    else if (byte === SEMICOLON) this.#state = State.extensionStart;
    else if (isSpace(byte)) this.#state = State.lineEnd;
    else return false;
    return true;
  }

  #addDigit(byte: number): void {
    const digit = hexDigit(byte);
    if (digit === -1) throw this.#error(`${describeByte(byte)} in the size of a chunk`);
    if (digit === 0 && this.#left === 0) return this.#countOverhead();
    this.#digits += 1;
    if (this.#digits > maxSizeDigits) throw this.#error('the size of a chunk has too many digits');
    this.#left = this.#left * 16 + digit;
  }

  #countOverhead(): void {
    this.#overheadBytes += 1;
    if (this.#overheadBytes > this.#maxOverheadBytes)
      throw new HttpError(
        this.#errorStatus === 400 ? 431 : this.#errorStatus,
        'chunk extensions and trailers are too long',
      );
  }

  #expectByte(byte: number, wanted: number): void {
    if (byte !== wanted) throw this.#error('carriage return without line feed');
  }

  #expectClass(byte: number, wanted: number, where: string): void {
    if (((classes[byte] as number) & wanted) === 0) throw this.#error(`${describeByte(byte)} in ${where}`);
  }

  #error(message: string): HttpError {
    return new HttpError(this.#errorStatus, message);
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
