import { parseJson } from '../json.js';
import type { Response } from '../transport.js';
import { LazyValue, type Value } from '../value.js';

/**
 * A response as the plan sees it, `{ status, headers, body }`: what `assign` stores and checks look at. The body
 * is parsed when something looks into it, and only once: a large body that nobody reads costs nothing.
 */
export class ResponseValue extends LazyValue {
  readonly #response: Response;
  #headers: Value | undefined;
  #text: string | undefined;
  #body: Value | undefined;

  constructor(response: Response) {
    super();
    this.#response = response;
  }

  get status(): number {
    return this.#response.status;
  }

  /** The last value of a header. */
  header(lowerCaseName: string): string | undefined {
    return this.#response.headers?.get(lowerCaseName);
  }

  /** The body as UTF-8, without a byte order mark. */
  get text(): string {
    if (this.#text === undefined) {
      const { buffer, byteOffset, byteLength } = this.#response.body ?? new Uint8Array();
      this.#text = Buffer.from(buffer, byteOffset, byteLength)
        .toString('utf8')
        .replace(/^\uFEFF/, '');
    }
    return this.#text;
  }

  /** The body as JSON, whatever its content type says; null when it is none. One that is a text by itself is that text. */
  get body(): Value {
    this.#body ??= this.#response.isText === true ? this.text : (parseJson(this.text) ?? null);
    return this.#body;
  }

  override member(key: string): Value | undefined {
    switch (key) {
      case 'status':
        return this.status;
      case 'headers':
        // Of repeated headers the last one stays.
        return (this.#headers ??= Object.fromEntries(this.#response.headers?.entries() ?? []));
      case 'body':
        return this.body;
      default:
        return undefined;
    }
  }

  override resolve(): Value {
    return Object.fromEntries(['body', 'headers', 'status'].map((key) => [key, this.member(key) as Value]));
  }
}
