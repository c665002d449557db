import { trimSpace } from './characters.js';

type Field = readonly [name: string, value: string];

/**
 * The header fields of a message, parsed only when somebody looks: most requests of a benchmark never are.
 * Names are compared in lower case. Values are Latin-1, without the spaces around them.
 *
 * Frozen, for messages with the same head share it: nobody can change what others see.
 */
export class HttpHeaders {
  readonly #text: string;
  readonly #from: number;
  #fields: readonly Field[] | undefined;

  /**
   * @param text a checked head, ending with the empty line
   * @param from where in it the first field line starts
   */
  constructor(text: string, from: number) {
    this.#text = text;
    this.#from = from;
    Object.freeze(this);
  }

  /** The last value of a header, by its lower-case name. */
  get(lowerCaseName: string): string | undefined {
    return this.#all().findLast(([name]) => name === lowerCaseName)?.[1];
  }

  has(lowerCaseName: string): boolean {
    return this.get(lowerCaseName) !== undefined;
  }

  /** Every value of a header in order of arrival. */
  all(lowerCaseName: string): readonly string[] {
    return this.#all()
      .filter(([name]) => name === lowerCaseName)
      .map(([, value]) => value);
  }

  /** Lower-case names and values in order of arrival. */
  entries(): Iterable<Field> {
    return this.#all();
  }

  #all(): readonly Field[] {
    this.#fields ??= this.#parse();
    return this.#fields;
  }

  #parse(): readonly Field[] {
    const lines = this.#text.slice(this.#from).split('\r\n');
    // The head ends with an empty line: two empty strings after the last field.
    const fields = lines.slice(0, -2).map((line): Field => {
      const colon = line.indexOf(':');
      return Object.freeze([line.slice(0, colon).toLowerCase(), trimSpace(line.slice(colon + 1))] as const);
    });
    return Object.freeze(fields);
  }
}
