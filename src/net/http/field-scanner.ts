import { classes, COLON, CR, describeByte, HOST, isSpace, LF, TOKEN, trimSpace, VALUE } from './characters.js';
import type { HeadFields } from './head-rules.js';
import { HttpError } from './http-error.js';

/**
 * Checks the field lines of a head, byte by byte and in place, and gathers what they say about framing. Everything
 * else in them stays unparsed text.
 *
 * Strict against request smuggling (RFC 9112 §2.2, §5, §6, §11.2): lines end with CR LF and nothing less, no space
 * before the colon, no folded lines, no control characters, one Content-Length with digits only.
 */
export class FieldScanner implements HeadFields {
  /** The empty line has been seen. */
  done = false;
  /** Value of Content-Length; -1 without one. */
  contentLength = -1;
  /** Number of Transfer-Encoding codings; `chunked` tells whether the last is it. */
  codings = 0;
  chunked = false;
  /** Connection: close */
  close = false;
  /** Connection: keep-alive */
  keepAlive = false;
  /** Number of Host fields. */
  hosts = 0;
  expectContinue = false;
  /** Expect with anything else. */
  expectUnknown = false;
  readonly #errorStatus: number;

  /** @param errorStatus status of the errors thrown: 400 in a server, 502 in a client */
  constructor(errorStatus: number) {
    this.#errorStatus = errorStatus;
  }

  /** Forgets everything: a new head begins. */
  reset(): void {
    this.done = false;
    this.contentLength = -1;
    this.codings = 0;
    this.chunked = false;
    this.close = false;
    this.keepAlive = false;
    this.hosts = 0;
    this.expectContinue = false;
    this.expectUnknown = false;
  }

  /**
   * Reads whole lines of `bytes[from, end)`.
   * @returns where the first line starts that is not complete yet (scan again from there when there is more), or,
   *   when `done`, where the body starts
   * @throws {HttpError} as soon as a wrong byte has arrived, however the bytes were split
   */
  scan(bytes: Uint8Array, from: number, end: number): number {
    let line = from;
    while (line < end) {
      let at = line;
      let byte = bytes[at] as number;
      if (byte === CR) {
        if (at + 1 === end) return line;
        if (bytes[at + 1] !== LF) throw this.#error('carriage return without line feed');
        this.done = true;
        return at + 2;
      }
      while (((classes[byte] as number) & TOKEN) !== 0) {
        at += 1;
        if (at === end) return line;
        byte = bytes[at] as number;
      }
      if (byte !== COLON || at === line) throw this.#badName(byte, at === line);
      const colon = at;
      do {
        at += 1;
        if (at === end) return line;
        byte = bytes[at] as number;
      } while (((classes[byte] as number) & VALUE) !== 0);
      if (byte !== CR) throw this.#badValue(byte);
      if (at + 1 === end) return line;
      if (bytes[at + 1] !== LF) throw this.#error('carriage return without line feed');
      this.#field(bytes, line, colon, at);
      line = at + 2;
    }
    return line;
  }

  /** Takes a note of the few fields that say where the message ends and what becomes of the connection. */
  #field(bytes: Uint8Array, start: number, colon: number, end: number): void {
    // Told apart by length first: hardly any other field needs a look at its name.
    switch (colon - start) {
      case 4:
        if (isNamed(bytes, start, 'host')) this.#host(bytes, colon + 1, end);
        break;
      case 6:
        if (isNamed(bytes, start, 'expect')) {
          if (valueOf(bytes, colon, end).toLowerCase() === '100-continue') this.expectContinue = true;
          else this.expectUnknown = true;
        }
        break;
      case 10:
        if (isNamed(bytes, start, 'connection')) this.#connection(valueOf(bytes, colon, end).toLowerCase());
        break;
      case 14:
        if (isNamed(bytes, start, 'content-length')) this.#contentLength(bytes, colon + 1, end);
        break;
      case 17:
        if (isNamed(bytes, start, 'transfer-encoding'))
          this.#transferEncoding(valueOf(bytes, colon, end).toLowerCase());
        break;
    }
  }

  #host(bytes: Uint8Array, start: number, end: number): void {
    this.hosts += 1;
    const from = skipSpace(bytes, start, end);
    const to = skipSpaceBack(bytes, from, end);
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at] as number;
      if (((classes[byte] as number) & HOST) === 0) throw this.#error(`${describeByte(byte)} in Host`);
    }
  }

  #connection(value: string): void {
    for (const option of value.split(',')) {
      const name = trimSpace(option);
      if (name === 'close') this.close = true;
      else if (name === 'keep-alive') this.keepAlive = true;
    }
  }

  #contentLength(bytes: Uint8Array, start: number, end: number): void {
    if (this.contentLength !== -1) throw this.#error('more than one Content-Length');
    const from = skipSpace(bytes, start, end);
    const to = skipSpaceBack(bytes, from, end);
    // 15 digits are exact in a double, and more than any limit.
    if (from === to || to - from > 15) throw this.#error('Content-Length is not a number');
    let length = 0;
    for (let at = from; at < to; at += 1) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) throw this.#error('Content-Length is not a number');
      length = length * 10 + digit;
    }
    this.contentLength = length;
  }

  #transferEncoding(value: string): void {
    for (const part of value.split(',')) {
      const coding = trimSpace(part);
      if (coding === '') throw this.#error('empty transfer coding');
      if (this.chunked) throw this.#error('chunked must be the last transfer coding, once');
      this.codings += 1;
      this.chunked = coding === 'chunked';
    }
  }

  #badName(byte: number, atStart: boolean): HttpError {
    if (isSpace(byte)) return this.#error(atStart ? 'folded header line' : 'space before the colon of a header');
    if (byte === LF) return this.#error('line feed without carriage return');
    if (byte === CR) return this.#error('header line without a colon');
    return this.#error(`${describeByte(byte)} in a header name`);
  }

  #badValue(byte: number): HttpError {
    if (byte === LF) return this.#error('line feed without carriage return');
    return this.#error(`control character ${describeByte(byte)} in a header value`);
  }

  #error(message: string): HttpError {
    return new HttpError(this.#errorStatus, message);
  }
}

/** Compares without regard to case. The bytes are a token, so setting bit 5 folds letters only. */
function isNamed(bytes: Uint8Array, start: number, lowerCaseName: string): boolean {
  for (let i = 0; i < lowerCaseName.length; i += 1) {
    if (((bytes[start + i] as number) | 0x20) !== lowerCaseName.charCodeAt(i)) return false;
  }
  return true;
}

/** Where the value begins that may have spaces before it. */
function skipSpace(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isSpace(bytes[at] as number)) at += 1;
  return at;
}

/** Where the value ends that may have spaces behind it. */
function skipSpaceBack(bytes: Uint8Array, from: number, to: number): number {
  let at = to;
  while (at > from && isSpace(bytes[at - 1] as number)) at -= 1;
  return at;
}

function valueOf(bytes: Uint8Array, colon: number, end: number): string {
  let value = '';
  for (let at = colon + 1; at < end; at += 1) value += String.fromCharCode(bytes[at] as number);
  return trimSpace(value);
}
