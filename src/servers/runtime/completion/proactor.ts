import type { Operation, Uring } from '../../../net/sys/uring.js';
import type { Driver } from '../runtime.js';

/**
 * So many operations are submitted before the turn of the loop is over. Submitting all of them at its end would need
 * the fewest calls, but then server and clients work by turns: while one computes, the other has nothing to do.
 */
const submitEvery = 16;

/** Whom a completion is told: the operation of that kind is done, with what its system call would have returned. */
export interface Completable {
  readonly completed: (kind: number, result: number) => void;
}

/** Kinds of operation, as they come back with their completions. */
export const Kind = { accept: 1, poll: 2, receive: 3, send: 4, file: 5, cancel: 6 } as const;

/**
 * The rings of io_uring as a driver: operations go in, and whoever queued them is told when they are done. A system call
 * submits what is queued: every 16 operations, and the last of a turn with the call that waits for the first completion.
 */
export class Proactor implements Driver {
  readonly #ring: Uring;
  readonly #owners: (Completable | undefined)[] = [];
  readonly #freeTokens: number[] = [];

  /** @param ring which it owns from now on */
  constructor(ring: Uring) {
    this.#ring = ring;
  }

  /** A token for operations; to be given back only when all of them are completed. */
  take(owner: Completable): number {
    const token = this.#freeTokens.pop() ?? this.#owners.length;
    this.#owners[token] = owner;
    return token;
  }

  giveBack(token: number): void {
    this.#owners[token] = undefined;
    this.#freeTokens.push(token);
  }

  /** Whether no token is taken, so that nothing can be under way. */
  get isIdle(): boolean {
    return this.#freeTokens.length === this.#owners.length;
  }

  /** Queues an operation; its memory is the kernel's until it is completed. */
  queue(operation: Operation, token: number, kind: number): void {
    this.#ring.queue(operation, token, kind);
    if (this.#ring.unsubmitted >= submitEvery) this.#ring.submit();
  }

  /** Submits what is queued, if anything is. */
  submit(): void {
    if (this.#ring.unsubmitted > 0) this.#ring.submit();
  }

  /** Asks for the end of an operation: it is completed then, sooner or later, as any other. */
  cancel(token: number, kind: number): void {
    this.#ring.queueCancel(token, kind, token, Kind.cancel);
  }

  wait(timeoutMs: number): void {
    const ring = this.#ring;
    const count = ring.submitAndWait(timeoutMs === Number.POSITIVE_INFINITY ? -1 : timeoutMs);
    for (let i = 0; i < count; i++) {
      const kind = ring.kind(i);
      if (kind !== Kind.cancel) this.#owners[ring.token(i)]?.completed(kind, ring.result(i));
    }
    ring.consume(count);
  }

  close(): void {
    this.#ring.close();
  }
}
