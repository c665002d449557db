import { EBUSY, EINTR, ENOSYS, EPERM, errnoName, ETIME, resultOrErrno, SyscallError } from './errno.js';
import { lazyLibc } from './libc.js';
import { addressOf, mapShared, type Mapping } from './memory.js';
import { unsupportedReason } from './platform.js';
import { close } from './socket.js';
import { toTimespec } from './timespec.js';
import { UringBuffers } from './uring-buffers.js';

// <linux/io_uring.h>; io_uring_setup(2), io_uring_enter(2). Calls have the same numbers on every architecture.
const SYS_io_uring_setup = 425;
const SYS_io_uring_enter = 426;
const SYS_io_uring_register = 427;
const IORING_REGISTER_PBUF_RING = 22;
const IOU_PBUF_RING_MMAP = 1;
const IORING_OFF_PBUF_RING = 0x8000_0000;
const IORING_SETUP_CQSIZE = 1 << 3;
const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
const IORING_SETUP_DEFER_TASKRUN = 1 << 13;
const IORING_FEAT_SINGLE_MMAP = 1;
const IORING_FEAT_EXT_ARG = 1 << 8;
/** `UringSkipSuccess` is known. The youngest of them: Linux 5.17. */
const IORING_FEAT_CQE_SKIP = 1 << 11;
const IORING_OFF_SQES = 0x1000_0000;
const IORING_ENTER_GETEVENTS = 1;
const IORING_ENTER_EXT_ARG = 1 << 3;

/** `struct io_uring_params`, in 32-bit words. */
const Params = {
  words: 30,
  sqEntries: 0,
  cqEntries: 1,
  flags: 2,
  features: 5,
  sqHead: 10,
  sqTail: 11,
  sqMask: 12,
  sqArray: 16,
  cqHead: 20,
  cqTail: 21,
  cqMask: 22,
  cqCqes: 25,
} as const;

const sqeBytes = 64;
const sqeWords = 16;
const cqeBytes = 16;
const cqeWords = 4;

/** Operations, `enum io_uring_op`. */
export const UringOp = {
  poll: 6,
  accept: 13,
  cancel: 14,
  connect: 16,
  open: 18,
  close: 19,
  statx: 21,
  read: 22,
  send: 26,
  receive: 27,
} as const;

/** The next operation waits for this one, and is cancelled when it fails. */
export const UringLink = 1 << 2;
/** No completion is reported when the operation succeeds. */
export const UringSkipSuccess = 1 << 6;
/**
 * For `receive`: goes on for as long as the connection does, one completion for each arrival, into buffers that the
 * ring shares (`shareBuffers`). IOSQE_BUFFER_SELECT, and IORING_RECV_MULTISHOT in the field of the priority.
 */
export const UringReceiveOn = (1 << 5) | (1 << (1 + 8));

/** In the flags of a completion: a buffer was taken, its id in the upper half; more completions of this operation follow. */
const IORING_CQE_F_BUFFER = 1;
const IORING_CQE_F_MORE = 2;

interface Functions {
  readonly setup: (number: number, entries: number, params: Uint32Array) => number;
  readonly register: (number: number, fd: number, what: number, argument: Uint32Array, count: number) => number;
  readonly enter: (
    number: number,
    fd: number,
    toSubmit: number,
    minComplete: number,
    flags: number,
    argument: ArrayBufferView | null,
    argumentBytes: number,
  ) => number;
}

const libc = lazyLibc<Functions>({
  setup: 'long syscall(long number, uint entries, void *params)',
  register: 'long syscall(long number, uint fd, uint what, void *argument, uint count)',
  enter:
    'long syscall(long number, uint fd, uint toSubmit, uint minComplete, uint flags, void *argument, size_t argumentBytes)',
});

let reason: string | undefined;
let asked = false;

/** Why io_uring cannot be used here, in one clause; `undefined` where it can. */
export function uringUnsupportedReason(): string | undefined {
  if (!asked) reason = findReason();
  asked = true;
  return reason;
}

function findReason(): string | undefined {
  const basic = unsupportedReason();
  if (basic !== undefined) return basic;
  try {
    new Uring(8).close();
    return undefined;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    if (error.errno === ENOSYS) return 'the kernel has no io_uring, or lacks what is needed of it (Linux 5.17)';
    if (error.errno === EPERM) return 'io_uring is forbidden (a sandbox, or the sysctl kernel.io_uring_disabled)';
    return `io_uring does not work (${error.message})`;
  }
}

/** One operation to be queued. Its memory must stay until its completion has been seen. */
export interface Operation {
  /** One of `UringOp`. */
  readonly op: number;
  readonly fd: number;
  /** Of a buffer or a socket address (`addressOf`); 0 for none. */
  readonly address: number;
  /** Bytes at the address; for `connect`, pass them as `offset`. */
  readonly length: number;
  /** In a file; for `statx`, the address of its result. */
  readonly offset: number;
  /** Of the operation: MSG_…, SOCK_…, O_…. */
  readonly opFlags: number;
  /** `UringLink`, `UringSkipSuccess`. */
  readonly flags: number;
}

/**
 * Two rings in memory shared with the kernel: one takes operations, the other tells how they went. Many of either go
 * with one system call.
 *
 * ```
 *   queue() ──► submission ring ──► kernel ──► completion ring ──► token(i), kind(i), result(i)
 *                        └── submitAndWait(): one io_uring_enter for both ──┘
 * ```
 * Owned by the thread that made it.
 */
export class Uring implements Disposable {
  readonly #fd: number;
  readonly #mappings: Mapping[] = [];
  readonly #ring: Int32Array;
  readonly #sqes: Int32Array;
  readonly #sqHeadAt: number;
  readonly #sqTailAt: number;
  readonly #sqMask: number;
  readonly #cqHeadAt: number;
  readonly #cqTailAt: number;
  readonly #cqMask: number;
  readonly #cqesAt: number;
  // struct io_uring_getevents_arg { u64 sigmask; u32 sigmask_sz; u32 pad; u64 timespec }, and the timespec.
  readonly #argument = new BigUint64Array(3);
  readonly #timespec = new BigInt64Array(2);
  #tail: number;
  #unsubmitted = 0;
  /** Completions that `submitAndWait` found and `consume` has not dropped yet. */
  #head: number;

  /** @param entries operations that can be queued before they must be submitted. @throws {SyscallError} */
  constructor(entries = 1024) {
    const params = new Uint32Array(Params.words);
    this.#fd = setUp(entries, params);
    const at = (word: number): number => params[word] as number;
    const ringBytes = Math.max(
      at(Params.sqArray) + at(Params.sqEntries) * 4,
      at(Params.cqCqes) + at(Params.cqEntries) * cqeBytes,
    );
    try {
      this.#ring = new Int32Array(this.#map(ringBytes, 0));
      this.#sqes = new Int32Array(this.#map(at(Params.sqEntries) * sqeBytes, IORING_OFF_SQES));
    } catch (error) {
      this.close();
      throw error;
    }
    this.#sqHeadAt = at(Params.sqHead) / 4;
    this.#sqTailAt = at(Params.sqTail) / 4;
    this.#cqHeadAt = at(Params.cqHead) / 4;
    this.#cqTailAt = at(Params.cqTail) / 4;
    this.#cqesAt = at(Params.cqCqes) / 4;
    this.#sqMask = this.#ring[at(Params.sqMask) / 4] as number;
    this.#cqMask = this.#ring[at(Params.cqMask) / 4] as number;
    // Entry i of the submission ring is always slot i.
    for (let i = 0; i < at(Params.sqEntries); i += 1) this.#ring[at(Params.sqArray) / 4 + i] = i;
    this.#tail = this.#ring[this.#sqTailAt] as number;
    this.#head = this.#ring[this.#cqHeadAt] as number;
    this.#argument[2] = BigInt(addressOf(this.#timespec));
  }

  /**
   * Buffers for `UringReceiveOn`.
   * @param count a power of two
   * @returns `undefined` where the kernel has no such thing (before Linux 6.4)
   */
  shareBuffers(count: number, bytesEach: number): UringBuffers | undefined {
    // struct io_uring_buf_reg { u64 ring_addr; u32 ring_entries; u16 bgid; u16 flags; u64 resv[3] }
    const registration = new Uint32Array(10);
    registration[2] = count;
    registration[3] = IOU_PBUF_RING_MMAP << 16;
    const result = libc().register(SYS_io_uring_register, this.#fd, IORING_REGISTER_PBUF_RING, registration, 1);
    if (result < 0) return undefined;
    const ring = mapShared(this.#fd, UringBuffers.ringBytes(count), IORING_OFF_PBUF_RING);
    this.#mappings.push(ring);
    return new UringBuffers(ring, count, bytesEach);
  }

  #map(length: number, offset: number): ArrayBuffer {
    const mapping = mapShared(this.#fd, length, offset);
    this.#mappings.push(mapping);
    return mapping.memory;
  }

  /**
   * Queues an operation; it starts with the next `submit` or `submitAndWait`, or before, when the ring is full.
   * @param token comes back with its completion
   * @param kind comes back too: what to make of it
   */
  queue(operation: Operation, token: number, kind: number): void {
    if (this.#unsubmitted > this.#sqMask) this.#enter(0, 0, undefined);
    if (this.#unsubmitted > this.#sqMask) throw new SyscallError('io_uring_enter', EBUSY);
    const { op, fd, address, length, offset, opFlags, flags } = operation;
    const sqes = this.#sqes;
    const at = (this.#tail & this.#sqMask) * sqeWords;
    sqes[at] = op | (flags << 8);
    sqes[at + 1] = fd;
    sqes[at + 2] = offset % 0x1_0000_0000;
    sqes[at + 3] = offset / 0x1_0000_0000;
    sqes[at + 4] = address % 0x1_0000_0000;
    sqes[at + 5] = address / 0x1_0000_0000;
    sqes[at + 6] = length;
    sqes[at + 7] = opFlags;
    sqes[at + 8] = token;
    sqes[at + 9] = kind;
    for (let rest = 10; rest < sqeWords; rest += 1) sqes[at + rest] = 0;
    this.#tail = (this.#tail + 1) | 0;
    this.#unsubmitted += 1;
  }

  /**
   * Asks for the cancellation of whatever was queued with that token and kind; that, and the cancellation itself, are
   * then completed.
   */
  queueCancel(token: number, kind: number, cancelToken: number, cancelKind: number): void {
    const address = (token >>> 0) + (kind >>> 0) * 0x1_0000_0000;
    this.queue(
      { op: UringOp.cancel, fd: -1, address, length: 0, offset: 0, opFlags: 0, flags: 0 },
      cancelToken,
      cancelKind,
    );
  }

  /** How many operations are queued and not handed over. */
  get unsubmitted(): number {
    return this.#unsubmitted;
  }

  /**
   * Submits what is queued, takes operations further whose turn has come (one that is linked to a connect), and does
   * not wait: whoever the answers are for can begin with them.
   */
  submit(): void {
    this.#enter(0, IORING_ENTER_GETEVENTS, undefined);
  }

  /**
   * Submits what is queued and waits until something is completed, `timeoutMs` at most (not rounded; a negative one
   * waits for ever).
   * @returns the number of completions: look at each with `token(i)`, `kind(i)`, `result(i)`, then `consume` them
   */
  submitAndWait(timeoutMs: number): number {
    const ready = this.#ready();
    if (ready > 0 || timeoutMs === 0) this.#enter(0, IORING_ENTER_GETEVENTS, undefined);
    else this.#enter(1, IORING_ENTER_GETEVENTS, timeoutMs < 0 ? undefined : timeoutMs);
    return this.#ready();
  }

  /** The token of the i-th completion. Valid until `consume`, as all that is told of a completion. */
  token(index: number): number {
    return this.#ring[this.#cqe(index)] as number;
  }

  /** The kind that its operation was queued with. Valid until `consume`. */
  kind(index: number): number {
    return this.#ring[this.#cqe(index) + 1] as number;
  }

  /** What the system call would have returned: bytes, a descriptor, or `-errno`. Valid until `consume`. */
  result(index: number): number {
    return this.#ring[this.#cqe(index) + 2] as number;
  }

  /** Whether the operation goes on, and will be completed again. */
  goesOn(index: number): boolean {
    return ((this.#ring[this.#cqe(index) + 3] as number) & IORING_CQE_F_MORE) !== 0;
  }

  /** The shared buffer that was taken for it, or -1. */
  bufferId(index: number): number {
    const flags = this.#ring[this.#cqe(index) + 3] as number;
    return (flags & IORING_CQE_F_BUFFER) === 0 ? -1 : flags >>> 16;
  }

  /** Gives the first `count` completions back to the kernel. */
  consume(count: number): void {
    this.#head = (this.#head + count) | 0;
    Atomics.store(this.#ring, this.#cqHeadAt, this.#head);
  }

  #cqe(index: number): number {
    return this.#cqesAt + ((this.#head + index) & this.#cqMask) * cqeWords;
  }

  #ready(): number {
    return (Atomics.load(this.#ring, this.#cqTailAt) - this.#head) | 0;
  }

  #enter(minComplete: number, flags: number, timeoutMs: number | undefined): void {
    Atomics.store(this.#ring, this.#sqTailAt, this.#tail);
    const timed = timeoutMs !== undefined;
    if (timed) toTimespec(timeoutMs, this.#timespec);
    const result = resultOrErrno(
      libc().enter(
        SYS_io_uring_enter,
        this.#fd,
        this.#unsubmitted,
        minComplete,
        flags | (timed ? IORING_ENTER_EXT_ARG : 0),
        timed ? this.#argument : null,
        timed ? this.#argument.byteLength : 0,
      ),
    );
    if (result >= 0) this.#unsubmitted -= result;
    // The time is over, a signal came, or completions have to be consumed first (io_uring_enter(2), ERRORS).
    else if (result !== -ETIME && result !== -EINTR && result !== -EBUSY)
      throw new SyscallError('io_uring_enter', -result);
    else this.#unsubmitted = (this.#tail - Atomics.load(this.#ring, this.#sqHeadAt)) | 0;
  }

  /**
   * Ends it; operations in flight are cancelled by the kernel. The memory of both rings is unmapped: whoever touches
   * them afterwards ends the process with a segmentation fault.
   */
  close(): void {
    for (const mapping of this.#mappings.splice(0)) mapping.unmap();
    close(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Whether a kernel that announces these features can do all that is asked of it here. */
export function hasNeededFeatures(features: number): boolean {
  const needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP;
  return (features & needed) === needed;
}

/** @throws {SyscallError} ENOSYS also where the kernel is too old for what is used here */
function setUp(entries: number, params: Uint32Array): number {
  const wanted = [IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, 0];
  let errno = 0;
  for (const flags of wanted) {
    params.fill(0);
    params[Params.flags] = flags | IORING_SETUP_CQSIZE;
    params[Params.cqEntries] = entries * 4;
    const fd = resultOrErrno(libc().setup(SYS_io_uring_setup, entries, params));
    if (fd >= 0) {
      if (hasNeededFeatures(params[Params.features] as number)) return fd;
      close(fd);
      throw new SyscallError('io_uring_setup', ENOSYS);
    }
    errno = -fd;
    // An older kernel does not know the flags: they only make it faster.
    if (errnoName(errno) !== 'EINVAL') break;
  }
  throw new SyscallError('io_uring_setup', errno);
}
