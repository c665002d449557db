import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UserError } from './errors.js';
import { nearest } from './nearest.js';

/** Anything that comes in interchangeable kinds: its id is the name of the file that defines it. */
export interface Variant {
  readonly id: string;
}

/**
 * A folder in which every file default-exports one variant named like the file. Listing the
 * folder IS the registry: adding a variant is adding a file, and nothing else.
 */
export class VariantFolder<T extends Variant> {
  readonly #folder: URL;
  readonly #noun: string;
  #ids: readonly string[] | undefined;

  /**
   * @param folder URL of the folder of compiled modules, ending in `/`:
   *   `new URL('./architectures/', import.meta.url)`
   * @param noun what a variant is called in messages: `mode`, `format`
   */
  constructor(folder: URL, noun: string) {
    this.#folder = folder;
    this.#noun = noun;
  }

  /** The ids of all variants, sorted; reads names only, loads nothing. */
  ids(): readonly string[] {
    this.#ids ??= readdirSync(fileURLToPath(this.#folder))
      .filter((file) => file.endsWith('.js'))
      .map((file) => file.slice(0, -'.js'.length))
      .toSorted();
    return this.#ids;
  }

  has(id: string): boolean {
    return this.ids().includes(id);
  }

  /** @throws {UserError} naming the nearest id, when there is no such variant. */
  async load(id: string): Promise<T> {
    if (!this.has(id)) throw this.unknown(id);
    const module = (await import(new URL(`${id}.js`, this.#folder).href)) as { default: T };
    if (module.default?.id !== id) throw new Error(`${id}.js must default-export a variant with the id '${id}'`);
    return module.default;
  }

  /** Every variant, in the order of the ids. */
  async all(): Promise<T[]> {
    return Promise.all(this.ids().map((id) => this.load(id)));
  }

  /** The error for an id that is not there; `others` are further names that would have been right (aliases). */
  unknown(id: string, others: readonly string[] = []): UserError {
    const guess = nearest(id, [...this.ids(), ...others]);
    return new UserError(`unknown ${this.#noun} '${id}'${guess === undefined ? '' : `, did you mean '${guess}'?`}`, {
      hint: `known: ${[...this.ids(), ...others].toSorted().join(', ')}`,
    });
  }
}
