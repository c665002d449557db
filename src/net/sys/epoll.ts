import { arch } from 'node:os';
import { EINTR, ENOSYS, EPERM, resultOrErrno, resultOrThrow, SyscallError } from './errno.js';
import { lazyLibc } from './libc.js';
import { wakePrecisely } from './sleep.js';
import { close } from './socket.js';
import { toTimespec } from './timespec.js';

// <sys/epoll.h>
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
/** Reported whether asked for or not. */
export const EPOLLERR = 0x8;
/** Reported whether asked for or not. */
export const EPOLLHUP = 0x10;
/** The peer has ended its direction. */
export const EPOLLRDHUP = 0x2000;
/** Edge-triggered: told once per change, read or write until EAGAIN. */
export const EPOLLET = 1 << 31;
const EPOLL_CLOEXEC = 0x8_0000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;

/**
 * ```
 * struct epoll_event     x64 (packed)   events:4 data:8              12 bytes
 *                        others         events:4 padding:4 data:8    16 bytes
 * data, as we use it     fd:4 token:4
 * ```
 * Counted in 32-bit words, since everything is one or two of them.
 */
const layout = arch() === 'x64' ? { words: 3, fd: 1, token: 2 } : { words: 4, fd: 2, token: 3 };

interface Functions {
  readonly create: (flags: number) => number;
  readonly control: (epfd: number, operation: number, fd: number, event: Int32Array) => number;
  readonly waitPrecisely: (
    number: number,
    epfd: number,
    events: Int32Array,
    capacity: number,
    timeout: BigInt64Array,
    mask: null,
    maskBytes: number,
  ) => number;
  readonly wait: (epfd: number, events: Int32Array, capacity: number, timeoutMs: number) => number;
}

const libc = lazyLibc<Functions>({
  create: 'int epoll_create1(int flags)',
  control: 'int epoll_ctl(int epfd, int operation, int fd, void *event)',
  // The wrapper epoll_pwait2 is younger than the call: glibc 2.35, musl not yet.
  waitPrecisely:
    'long syscall(long number, int epfd, void *events, int capacity, void *timeout, void *mask, size_t maskBytes)',
  wait: 'int epoll_wait(int epfd, void *events, int capacity, int timeoutMs)',
});

/** Number of epoll_pwait2 on every architecture (Linux 5.11). */
const SYS_epoll_pwait2 = 441;

/**
 * The kernel's readiness list. Owned by one thread.
 *
 * ```ts
 * const count = epoll.wait(1000);
 * for (let i = 0; i < count; i++) if ((epoll.events(i) & EPOLLIN) !== 0) readFrom(epoll.fd(i));
 * ```
 * An event for a descriptor that was closed earlier in the same batch is void, and its number may already belong to
 * a new connection: give each connection a token of its own and compare.
 */
export class Epoll implements Disposable {
  readonly #fd: number;
  readonly #capacity: number;
  readonly #events: Int32Array;
  readonly #event = new Int32Array(layout.words);
  #timespec: BigInt64Array | undefined;
  #precise = true;

  /** @param capacity the most events one `wait` reports */
  constructor(capacity = 512) {
    this.#fd = resultOrThrow('epoll_create1', libc().create(EPOLL_CLOEXEC));
    this.#capacity = capacity;
    this.#events = new Int32Array(layout.words * capacity);
  }

  /**
   * Watches `fd` for `events`; `token` (32 bits) comes back with each of its events.
   * @throws {SyscallError} no memory, no room for another watch, `fd` is watched already or cannot be
   */
  add(fd: number, events: number, token = 0): void {
    this.#control(EPOLL_CTL_ADD, fd, events, token);
  }

  /** Replaces what `fd` is watched for. */
  modify(fd: number, events: number, token = 0): void {
    this.#control(EPOLL_CTL_MOD, fd, events, token);
  }

  /** Closing the last copy of a descriptor does the same. */
  remove(fd: number): void {
    this.#control(EPOLL_CTL_DEL, fd, 0, 0);
  }

  #control(operation: number, fd: number, events: number, token: number): void {
    this.#event[0] = events;
    this.#event[layout.fd] = fd;
    this.#event[layout.token] = token;
    resultOrThrow('epoll_ctl', libc().control(this.#fd, operation, fd, this.#event));
  }

  /**
   * Blocks the thread until something is ready: the number of events, 0 after `timeoutMs` or a signal.
   * Timeouts round up (0.4 ms must not become a busy loop); a negative one waits for ever.
   */
  wait(timeoutMs: number): number {
    const result = resultOrErrno(libc().wait(this.#fd, this.#events, this.#capacity, Math.ceil(timeoutMs)));
    if (result >= 0) return result;
    if (result === -EINTR) return 0;
    throw new SyscallError('epoll_wait', -result);
  }

  /**
   * Like `wait`, but not rounded to milliseconds: late by a few microseconds where the kernel knows
   * epoll_pwait2. An older one is asked to wait the whole milliseconds in it only.
   */
  waitPrecisely(timeoutMs: number): number {
    if (this.#timespec === undefined) {
      this.#timespec = new BigInt64Array(2);
      wakePrecisely();
    }
    if (!this.#precise) return this.wait(Math.floor(timeoutMs));
    toTimespec(Math.max(0, timeoutMs), this.#timespec);
    const result = resultOrErrno(
      libc().waitPrecisely(SYS_epoll_pwait2, this.#fd, this.#events, this.#capacity, this.#timespec, null, 0),
    );
    if (result >= 0) return result;
    if (result === -EINTR) return 0;
    if (result !== -ENOSYS && result !== -EPERM) throw new SyscallError('epoll_pwait2', -result);
    this.#precise = false;
    return this.wait(Math.floor(timeoutMs));
  }

  /** The descriptor of the i-th event of the last `wait`. */
  fd(index: number): number {
    return this.#events[index * layout.words + layout.fd] as number;
  }

  /** What `add` or `modify` was given with it. */
  token(index: number): number {
    return this.#events[index * layout.words + layout.token] as number;
  }

  /** What it is ready for: a set of `EPOLLIN`, `EPOLLOUT` … */
  events(index: number): number {
    return this.#events[index * layout.words] as number;
  }

  /** Gives the list back; the descriptors on it stay open. Once only: a second time throws `close: EBADF`. */
  close(): void {
    close(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
