import { closeSync, fstatSync, open, read } from 'node:fs';
import { fileTooLarge, maxFileBytes } from '../../core/file-size.js';

/** How much is asked for at once where the size is not known. */
const chunkBytes = 64 * 1024;

/**
 * Reads a file on libuv's helper threads, with as few visits there as there can be: what waits for a disk goes there
 * (`open`, `read`), what only looks into the kernel's memory does not (`fstat`, `close`). `fs.readFile` pays four visits
 * for every file, and for a small one they are the price.
 * @throws what `fs.readFile` throws: `ENOENT`, `EISDIR` …
 */
export function readWholeFile(path: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    open(path, (error, fd) => {
      if (error === null) new Reading(fd, resolve, reject).begin();
      else reject(error);
    });
  });
}

/** One file while it is read; its owner closes it. */
class Reading {
  readonly #fd: number;
  readonly #resolve: (bytes: Uint8Array) => void;
  readonly #reject: (error: unknown) => void;
  readonly #chunks: Uint8Array[] = [];
  /** What is left of the size the file had when it was opened; 0 where it has none (a pipe, `/proc`). */
  #expected = 0;
  #length = 0;

  constructor(fd: number, resolve: (bytes: Uint8Array) => void, reject: (error: unknown) => void) {
    this.#fd = fd;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    try {
      const stats = fstatSync(this.#fd);
      if (stats.isFile()) this.#expected = stats.size;
      if (this.#expected > maxFileBytes) throw fileTooLarge(this.#expected);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#next();
  }

  #next(): void {
    const chunk = Buffer.allocUnsafeSlow(this.#expected === 0 ? chunkBytes : this.#expected);
    read(this.#fd, chunk, 0, chunk.length, null, (error, bytes) => {
      if (error !== null) {
        this.#fail(error);
        return;
      }
      this.#length += bytes;
      // What has no size may have no end: /dev/zero.
      if (this.#length > maxFileBytes) {
        this.#fail(fileTooLarge(this.#length));
        return;
      }
      this.#chunks.push(bytes === chunk.length ? chunk : chunk.subarray(0, bytes));
      const isWhole = bytes === this.#expected || bytes === 0;
      this.#expected = Math.max(0, this.#expected - bytes);
      if (isWhole) this.#finish();
      else this.#next();
    });
  }

  #finish(): void {
    // Nothing was written: there is nothing to wait for.
    closeSync(this.#fd);
    this.#resolve(this.#chunks.length === 1 ? (this.#chunks[0] as Uint8Array) : Buffer.concat(this.#chunks));
  }

  #fail(error: unknown): void {
    closeSync(this.#fd);
    this.#reject(error);
  }
}
