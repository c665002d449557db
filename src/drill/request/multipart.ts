import { randomBytes } from 'node:crypto';
import type { Iteration } from '../iteration.js';
import type { Run } from '../run.js';
import type { Template } from '../template.js';

/** One part of a form: a field, or a file that was read when the plan was loaded. */
export interface Part {
  readonly name: string;
  readonly value: Template | Uint8Array;
  readonly fileName?: string;
  readonly contentType?: string;
}

/** A body of several parts as a browser's form sends it (RFC 7578). */
export class Multipart {
  readonly boundary = `archbench-${randomBytes(12).toString('hex')}`;
  readonly #parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  get contentType(): string {
    return `multipart/form-data; boundary=${this.boundary}`;
  }

  /** The bytes, when they are the same for every request of the run; else how to make them. */
  bind(run: Run): Uint8Array | ((iteration: Iteration) => Uint8Array) {
    const pieces = this.#parts.map((part) => ({
      head: Buffer.from(`--${this.boundary}\r\n${headOf(part)}\r\n\r\n`),
      value: part.value instanceof Uint8Array ? part.value : part.value.bind(run),
    }));
    const end = Buffer.from(`--${this.boundary}--\r\n`);
    const lineEnd = Buffer.from('\r\n');
    const make = (
      text: (value: {
        readonly literal: string | undefined;
        readonly render: (iteration: Iteration) => string;
      }) => string,
    ): Uint8Array =>
      Buffer.concat([
        ...pieces.flatMap(({ head, value }) => [
          head,
          value instanceof Uint8Array ? value : Buffer.from(text(value)),
          lineEnd,
        ]),
        end,
      ]);
    const constant = pieces.every(({ value }) => value instanceof Uint8Array || value.literal !== undefined);
    if (constant) return make(({ literal = '' }) => literal);
    return (iteration) => make((value) => value.render(iteration));
  }
}

function headOf({ name, fileName, contentType }: Part): string {
  const file = fileName === undefined ? '' : `; filename="${quoted(fileName)}"`;
  const type = contentType === undefined ? '' : `\r\ncontent-type: ${contentType}`;
  return `content-disposition: form-data; name="${quoted(name)}"${file}${type}`;
}

/** As browsers escape names (WHATWG, multipart/form-data encoding algorithm). */
function quoted(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
