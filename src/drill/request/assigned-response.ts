import { parseJson } from '../json.js';
import type { Response } from '../transport.js';
import { LazyValue, type Value } from '../value.js';

/**
 * What `assign: name` on a request stores: `{ status, headers, body }`. The body is parsed when something
 * looks into it, and only once: a large body that nobody reads costs nothing.
 */
export class AssignedResponse extends LazyValue {
  readonly #response: Response;
  #headers: Value | undefined;
  #body: Value | undefined;

  constructor(response: Response) {
    super();
    this.#response = response;
  }

  override member(key: string): Value | undefined {
    switch (key) {
      case 'status':
        return this.#response.status;
      case 'headers':
        // Of repeated headers the last one stays.
        return (this.#headers ??= Object.fromEntries(this.#response.headers?.entries() ?? []));
      case 'body':
        return this.#parsedBody();
      default:
        return undefined;
    }
  }

  /** The body as JSON, whatever its content type says; null when it is none. */
  #parsedBody(): Value {
    if (this.#body === undefined) {
      const { body } = this.#response;
      this.#body = parseJson(body === undefined ? '' : asText(body)) ?? null;
    }
    return this.#body;
  }

  override resolve(): Value {
    return Object.fromEntries(['body', 'headers', 'status'].map((key) => [key, this.member(key) as Value]));
  }
}

function asText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
