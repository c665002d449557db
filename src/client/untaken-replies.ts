import { ClientError } from './client-error.js';
import { Slots } from './slots.js';

/** Replies to what was sent, from the request until somebody takes them: no more than there is room for. */
export class UntakenReplies<T> {
  readonly #room: Slots;
  /** Those that have come, and who waits for one. */
  readonly #come: (T | ClientError)[] = [];
  #takers: (() => void)[] = [];
  #expected = 0;

  /** @param most expected and come, together */
  constructor(most: number) {
    this.#room = new Slots(most);
  }

  /** Waits for room for one more; it is `given` later, or not `expected` any more. */
  async expect(): Promise<void> {
    const room = this.#room.enter();
    if (room !== undefined) await room;
    this.#expected += 1;
  }

  /** One of those expected has come, or has failed. */
  give(reply: T | ClientError): void {
    this.#come.push(reply);
    this.#wakeTakers();
  }

  /** One fewer: it is taken, or was not even sent. */
  leave(): void {
    this.#expected -= 1;
    this.#room.leave();
    if (this.#expected === 0) this.#wakeTakers();
  }

  /** Nobody waits for room from now on. */
  open(): void {
    this.#room.open();
  }

  /** Each as it comes, until none is expected. @throws {ClientError} in place of a reply */
  async *take(): AsyncGenerator<T, void, void> {
    while (this.#expected > 0) {
      const reply = this.#come.shift();
      if (reply === undefined) {
        await new Promise<void>((resolve) => this.#takers.push(resolve));
        continue;
      }
      this.leave();
      if (reply instanceof ClientError) throw reply;
      yield reply;
    }
  }

  #wakeTakers(): void {
    for (const take of this.#takers.splice(0)) take();
  }
}
