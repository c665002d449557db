import { Client } from '../../client/client.js';
import type { Run } from '../run.js';

interface PoolOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** How many connections all calls share; `undefined`: each has one to itself. */
  readonly shared: number | undefined;
}

const poolsOf = new WeakMap<Run, Map<string, CallPool>>();

/**
 * The connections of one run to one server that speaks frames: a call has one to itself while it lasts, or all calls
 * share a few in turn, many in flight on each.
 */
export class CallPool {
  readonly #open: () => Client;
  readonly #shared: number | undefined;
  readonly #all: Client[] = [];
  readonly #idle: Client[] = [];
  #next = 0;

  /** The pool of a run for such calls: steps that ask for the same have the same one. */
  static of(run: Run, options: PoolOptions): CallPool {
    const pools = poolsOf.get(run) ?? new Map<string, CallPool>();
    poolsOf.set(run, pools);
    const key = JSON.stringify(options);
    const pool = pools.get(key) ?? new CallPool(run, options);
    pools.set(key, pool);
    return pool;
  }

  private constructor(run: Run, { shared, timeoutMs, ...options }: PoolOptions) {
    // A time of nothing is over when the next timer is.
    const patience = { timeoutMs: Math.max(1, timeoutMs) };
    this.#open = () => new Client({ ...options, ...patience, connectAttempts: 1, maxInFlight: 65_536 });
    this.#shared = shared;
    run.onEnd(() => this.#close());
    run.ending.addEventListener('abort', () => void this.#close(), { once: true });
  }

  take(): Client {
    const client = this.#shared === undefined ? this.#idle.pop() : this.#all[this.#next];
    if (this.#shared !== undefined) this.#next = (this.#next + 1) % this.#shared;
    if (client !== undefined) return client;
    const opened = this.#open();
    this.#all.push(opened);
    return opened;
  }

  giveBack(client: Client): void {
    if (this.#shared === undefined) this.#idle.push(client);
  }

  async #close(): Promise<void> {
    await Promise.all(this.#all.map((client) => client.close()));
  }
}
