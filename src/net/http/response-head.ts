import { HttpHeaders } from './headers.js';

/** What a response's head says that matters to whoever reads on. */
interface HeadFacts {
  readonly status: number;
  readonly keepAlive: boolean;
  readonly chunked: boolean;
  /** -1: not told, or of no meaning. */
  readonly contentLength: number;
}

/** A checked head of a final response. */
export class ResponseHead implements HeadFacts {
  readonly status: number;
  readonly keepAlive: boolean;
  readonly chunked: boolean;
  readonly contentLength: number;
  readonly bytes: Buffer;
  readonly #fieldsStart: number;
  #headers: HttpHeaders | undefined;

  /** @param bytes are copied */
  constructor(bytes: Uint8Array, fieldsStart: number, facts: HeadFacts) {
    this.bytes = Buffer.from(bytes);
    this.#fieldsStart = fieldsStart;
    this.status = facts.status;
    this.keepAlive = facts.keepAlive;
    this.chunked = facts.chunked;
    this.contentLength = facts.contentLength;
  }

  get length(): number {
    return this.bytes.length;
  }

  /** Parsed once, however many responses begin with this head. */
  get headers(): HttpHeaders {
    this.#headers ??= new HttpHeaders(this.bytes.toString('latin1'), this.#fieldsStart);
    return this.#headers;
  }
}

/**
 * The last head. Under load a server sends the same one again and again (its Date changes once a second); when the
 * bytes are the same, so is what they mean, and comparing bytes is several times faster than parsing them.
 */
export class HeadMemory {
  #last: ResponseHead | undefined;

  /** The last head, when `bytes[from, end)` begins with it. */
  match(bytes: Buffer, from: number, end: number): ResponseHead | undefined {
    const last = this.#last;
    if (last === undefined || end - from < last.length) return undefined;
    const to = from + last.length;
    return last.bytes.compare(bytes, from, to) === 0 ? last : undefined;
  }

  remember(head: ResponseHead): void {
    this.#last = head;
  }
}
