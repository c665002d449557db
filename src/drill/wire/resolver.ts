import { lookup } from 'node:dns/promises';

/** No host name looks like this. (`net.isIP` is exact, and takes 50 ms for its first answer.) */
const literal = /^[\d.]+$|:/;

/** The addresses of a host name, or why it has none (`ENOTFOUND`). */
export type Resolution = readonly string[] | { readonly code: string };

/** Looks host names up once for a whole run, so that no request's time contains it. */
export class Resolver {
  readonly #known = new Map<string, Resolution>();
  readonly #asked = new Map<string, Promise<Resolution>>();

  /** What is known at once: an address literal, or a name that was looked up before. */
  known(hostname: string): Resolution | undefined {
    return literal.test(hostname) ? [hostname] : this.#known.get(hostname);
  }

  resolve(hostname: string): Promise<Resolution> {
    let asked = this.#asked.get(hostname);
    if (asked === undefined) {
      asked = this.#lookUp(hostname);
      this.#asked.set(hostname, asked);
    }
    return asked;
  }

  /** Resolves when nothing that was asked for is outstanding. */
  async settled(): Promise<void> {
    await Promise.all(this.#asked.values());
  }

  async #lookUp(hostname: string): Promise<Resolution> {
    const resolution = await addressesOf(hostname);
    this.#known.set(hostname, resolution);
    return resolution;
  }
}

async function addressesOf(hostname: string): Promise<Resolution> {
  try {
    return (await lookup(hostname, { all: true })).map(({ address }) => address);
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? 'ENOTFOUND' };
  }
}
