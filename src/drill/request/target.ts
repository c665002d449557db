import type { Origin } from '../transport.js';

/** Where a request goes: the connection's end, and what to ask it for. */
export interface Target {
  readonly origin: Origin;
  /** Path and query, percent-encoded. */
  readonly path: string;
  /** Value of the Authorization header that user:password in the URL stands for. */
  readonly authorization: string | undefined;
}

// Characters that the URL standard leaves as they are in a path and in a query.
const plainPath = /^\/[\w\-~!$&()*+,;=:@%/.]*(?:\?[\w\-~!$&()*+,;=:@%/.?]*)?$/;

/** Resolves URLs, remembering origins: equal ones are one object for as long as this lives. */
export class Targets {
  readonly #origins = new Map<string, Origin>();
  // The last URL's part before its path. Almost always the next one's too.
  #lastPrefix = '';
  #lastOrigin: Origin | undefined;

  /**
   * @param url absolute, as interpolated; its fragment is dropped
   * @returns `undefined` when it is no absolute URL, or its scheme is not http or https
   */
  resolve(url: string): Target | undefined {
    // The short way round the URL parser: a known origin and a path with nothing to encode or to shorten.
    if (this.#lastOrigin !== undefined && url.startsWith(this.#lastPrefix)) {
      const path = url.slice(this.#lastPrefix.length);
      if (plainPath.test(path) && !path.includes('/.') && !path.includes('%'))
        return { origin: this.#lastOrigin, path, authorization: undefined };
    }
    return this.#parse(url);
  }

  #parse(text: string): Target | undefined {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') return undefined;
    const origin = this.#origin(url);
    const prefix = /^https?:\/\/[^/?#@\\]+/.exec(text)?.[0];
    if (prefix !== undefined) {
      this.#lastPrefix = prefix;
      this.#lastOrigin = origin;
    }
    return { origin, path: pathOf(url), authorization: basicAuthorization(url) };
  }

  #origin(url: URL): Origin {
    const scheme = url.protocol === 'https:' ? 'https' : 'http';
    const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
    const key = `${scheme}://${url.hostname}:${port}`;
    let origin = this.#origins.get(key);
    if (origin === undefined) {
      origin = { key, scheme, hostname: url.hostname.replace(/^\[|\]$/g, ''), port, host: url.host };
      this.#origins.set(key, origin);
    }
    return origin;
  }
}

/** Path and query as they are: an empty query keeps its question mark, which `search` does not tell. */
function pathOf({ href, hash, protocol }: URL): string {
  const fragment = hash === '' ? (href.endsWith('#') ? 1 : 0) : hash.length;
  return href.slice(href.indexOf('/', protocol.length + 2), href.length - fragment);
}

function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${percentDecoded(username)}:${percentDecoded(password)}`, 'latin1').toString('base64')}`;
}

/** The bytes of a text, one character each. Unlike `decodeURIComponent` it takes any: `%zz` stays, `%ff` is a byte. */
function percentDecoded(encoded: string): string {
  return encoded.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
