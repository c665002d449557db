import type { RequestParser } from '../../net/http/request-parser.js';
import type { Service } from '../service.js';

const stages = { none: 0, waited: 1, idle: 2, head: 3, body: 4 } as const;

/** How long the peer may take for its next request: to begin it, then for its head, then for its body. */
export class RequestPatience {
  readonly #service: Service;
  /** How far the request has come; nobody has waited for it yet in `none`. */
  #stage: keyof typeof stages = 'none';
  #until = 0;

  constructor(service: Service) {
    this.#service = service;
  }

  /** A request is complete: the time for the next one begins when it is waited for. */
  renew(): void {
    this.#stage = 'none';
  }

  leftMs(phase: RequestParser['phase']): number {
    const { idleTimeout, headerTimeout, bodyTimeout } = this.#service.limits;
    if (phase === 'idle' && this.#stage === 'none') {
      // A request usually comes whole: no look at the clock for it.
      this.#stage = 'waited';
      return idleTimeout;
    }
    const now = performance.now();
    // Forward only: empty lines in front of a request bring nobody new time.
    if (stages[phase] > stages[this.#stage]) {
      this.#stage = phase;
      this.#until = now + { idle: idleTimeout, head: headerTimeout, body: bodyTimeout }[phase];
    }
    return Math.max(1, this.#until - now);
  }
}
