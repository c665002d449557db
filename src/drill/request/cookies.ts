import { CookieJar } from 'tough-cookie';
import type { Value } from '../value.js';

/** The cookies of one iteration: kept and sent by host, path, expiry and security as RFC 6265 says. */
export class CookieStore {
  readonly #jar = new CookieJar(undefined, {
    // Test servers stand at localhost, at addresses and under names that are public suffixes elsewhere.
    rejectPublicSuffixes: false,
    allowSpecialUseDomain: true,
    looseMode: true,
  });

  /** @param url of the response that brought the Set-Cookie header */
  store(setCookie: string, url: string): void {
    this.#jar.setCookieSync(setCookie, url, { ignoreError: true });
  }

  /** The Cookie header for a request to a URL; '' when no cookie belongs there. */
  header(url: string): string {
    return this.#jar.getCookieStringSync(url);
  }

  /** Every cookie by name, for `{{ cookies.name }}`. */
  values(): Value {
    const { cookies } = this.#jar.serializeSync() ?? { cookies: [] };
    return Object.fromEntries(cookies.map(({ key, value }) => [key as string, value as string]));
  }
}
