import { setMaxListeners } from 'node:events';
import type { Clock } from '../core/clock.js';
import type { Transport } from './transport.js';

/** How a run ends before its end: at once nothing new begins; after a grace time, what still runs is cut off. */
export class Ending {
  readonly #stop = new AbortController();
  readonly #end = new AbortController();
  readonly #cancelled = new AbortController();
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #transport: Transport;

  constructor(clock: Clock, graceMs: number, transport: Transport) {
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#transport = transport;
    // As many as there are clients that wait for something: more than Node's warning of a leak thinks of.
    setMaxListeners(0, this.stopping, this.ending);
  }

  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  get ending(): AbortSignal {
    return this.#end.signal;
  }

  begin(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    void this.#cutOff();
  }

  async #cutOff(): Promise<void> {
    try {
      await this.#clock.sleep(this.#graceMs, this.#cancelled.signal);
    } catch {
      return; // everything ended within the grace time
    }
    this.#end.abort();
    await this.#transport[Symbol.asyncDispose]();
  }

  cancel(): void {
    this.#cancelled.abort();
  }
}
