import type { Mapping } from './memory.js';
import { addressOf } from './memory.js';

const entryBytes = 16;
/** Buffers do not begin where pages do: their first lines would all compete for the same few places of the cache. */
const staggerBytes = 64;

/**
 * Receive buffers that the kernel takes from when data arrives, so that a connection which waits holds none. It tells
 * with each completion which one it took; that one is given back when it has been read.
 *
 * ```
 *   give(id) ──► ring of { address, length, id } shared with the kernel ──► completion with the id ──► read, give(id)
 * ```
 * `struct io_uring_buf_ring`, io_uring_register(2): IORING_REGISTER_PBUF_RING. The kernel takes them in the order they
 * were given: no more are in the ring than connections need, so that they stay in the cache. Owned by one thread.
 */
export class UringBuffers {
  /** All of them, one behind the other. */
  readonly memory: Buffer;
  readonly bytesEach: number;
  readonly #count: number;
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  readonly #address: number;
  #tail = 0;
  #inUse = 0;

  /** @param ring of `count` entries, a power of two; see {@link Uring.shareBuffers} */
  constructor(ring: Mapping, count: number, bytesEach: number) {
    this.#count = count;
    this.bytesEach = bytesEach;
    this.memory = Buffer.allocUnsafeSlow(count * (bytesEach + staggerBytes));
    this.#address = addressOf(this.memory);
    this.#words = new Uint32Array(ring.memory, 0, (count * entryBytes) / 4);
    this.#halves = new Uint16Array(ring.memory, 0, (count * entryBytes) / 2);
  }

  static ringBytes(count: number): number {
    return count * entryBytes;
  }

  /** Puts more of them into use, up to `wanted` of all. */
  use(wanted: number): void {
    while (this.#inUse < Math.min(wanted, this.#count)) {
      this.give(this.#inUse);
      this.#inUse += 1;
    }
  }

  /** Where the bytes of a buffer begin in `memory`. */
  offset(id: number): number {
    return id * (this.bytesEach + staggerBytes);
  }

  /** Hands a buffer to the kernel. */
  give(id: number): void {
    const address = this.#address + this.offset(id);
    const at = (this.#tail & (this.#count - 1)) * 4;
    this.#words[at] = address >>> 0;
    this.#words[at + 1] = Math.floor(address / 0x1_0000_0000);
    this.#words[at + 2] = this.bytesEach;
    this.#halves[at * 2 + 6] = id;
    this.#tail = (this.#tail + 1) & 0xffff;
    // Stands where the first entry has its unused half-word; the kernel reads it last.
    Atomics.store(this.#halves, 7, this.#tail);
  }
}
