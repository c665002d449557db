import { EINTR, resultOrErrno, SyscallError } from './errno.js';
import { lazyLibc } from './libc.js';

// <poll.h>; the same numbers on x64 and arm64.
export const POLLIN = 0x1;
export const POLLOUT = 0x4;
/** Reported whether asked for or not: an error, the end of both directions, a descriptor that is not open. */
export const POLLERR = 0x8;
export const POLLHUP = 0x10;
export const POLLNVAL = 0x20;

interface Functions {
  readonly poll: (descriptors: Int32Array, count: number, timeoutMs: number) => number;
}

const libc = lazyLibc<Functions>({
  poll: 'int poll(void *descriptors, unsigned long count, int timeoutMs)',
});

/**
 * The list of descriptors that `poll` is given anew each time. Owned by one thread.
 * ```
 * struct pollfd    fd:4 events:2 revents:2    8 bytes
 * ```
 * Kept as two 32-bit words each: the descriptor, and both sets of events.
 */
export class PollList {
  #words = new Int32Array(2 * 64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Appends a descriptor to ask for; its index is the length before. */
  push(fd: number, events: number): void {
    const at = 2 * this.#length;
    if (at === this.#words.length) {
      const words = new Int32Array(2 * this.#words.length);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[at] = fd;
    this.#words[at + 1] = events;
    this.#length += 1;
  }

  /**
   * Blocks the thread until one of them is ready: how many are, 0 after `timeoutMs` or a signal.
   * Timeouts round up; a negative one waits for ever.
   */
  poll(timeoutMs: number): number {
    const result = resultOrErrno(libc().poll(this.#words, this.#length, Math.ceil(timeoutMs)));
    if (result >= 0) return result;
    if (result === -EINTR) return 0;
    throw new SyscallError('poll', -result);
  }

  /** What the last `poll` reported of the i-th descriptor. */
  events(index: number): number {
    return (this.#words[2 * index + 1] as number) >>> 16;
  }
}
