import { closeSync, fstatSync, open, openSync, read, readSync } from 'node:fs';
import { checkFileSize } from '../core/file-size.js';
import { joined } from '../net/joined.js';

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

/**
 * Reads a file and blocks the thread meanwhile. Of a file that has no end, where `fs.readFileSync` reads on and on,
 * it stops with an error after 64 MiB.
 * @throws what `fs.readFileSync` throws
 */
export function readWholeFileSync(path: string): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    const size = sizeOf(fd);
    checkFileSize(size, 0);
    const chunks: Uint8Array[] = [];
    for (let length = 0; ;) {
      const chunk = Buffer.allocUnsafeSlow(size > length ? size - length : chunkBytes);
      const bytes = readSync(fd, chunk);
      length += bytes;
      checkFileSize(size, length);
      chunks.push(chunk.subarray(0, bytes));
      if (bytes === 0 || length === size) return joined(chunks);
    }
  } finally {
    closeSync(fd);
  }
}

/** What a file has; 0 where it has no size (a pipe, a device, `/proc`). */
function sizeOf(fd: number): number {
  const stats = fstatSync(fd);
  return stats.isFile() ? stats.size : 0;
}

/** One file while it is read; its owner closes it. */
class Reading {
  readonly #fd: number;
  readonly #resolve: (bytes: Uint8Array) => void;
  readonly #reject: (error: unknown) => void;
  readonly #chunks: Uint8Array[] = [];
  /** When it was opened; 0 where it has none. */
  #size = 0;
  /** What is left of that. */
  #expected = 0;
  #length = 0;

  constructor(fd: number, resolve: (bytes: Uint8Array) => void, reject: (error: unknown) => void) {
    this.#fd = fd;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    try {
      this.#size = sizeOf(this.#fd);
      this.#expected = this.#size;
      checkFileSize(this.#size, 0);
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
      try {
        checkFileSize(this.#size, this.#length);
      } catch (tooLarge) {
        this.#fail(tooLarge);
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
    this.#resolve(joined(this.#chunks));
  }

  #fail(error: unknown): void {
    closeSync(this.#fd);
    this.#reject(error);
  }
}
