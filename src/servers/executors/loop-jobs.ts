import type { Effect, Effects } from '../application.js';
import type { Service } from '../service.js';
import { type CpuGate, performOnLoop } from './loop-effects.js';
import { oneCpuTaskPerTurn } from './one-cpu-task-per-turn.js';

/** Coroutines of the application that are under way for one peer, on Node's event loop. */
export class LoopJobs {
  readonly #service: Service;
  readonly #gate: CpuGate;
  readonly #jobs = new Set<Effects<unknown>>();
  #isWanted = true;

  constructor(service: Service, gate: CpuGate = oneCpuTaskPerTurn(service.counters)) {
    this.#service = service;
    this.#gate = gate;
  }

  /** How many there are. */
  get size(): number {
    return this.#jobs.size;
  }

  /** Runs one to its end; `undefined` when the peer has left meanwhile. */
  async run<T>(job: Effects<T>): Promise<T | undefined> {
    this.#jobs.add(job);
    try {
      let step = job.next();
      while (step.done !== true) step = await this.#resumeAfter(step.value, job);
      return this.#isWanted ? step.value : undefined;
    } catch (error) {
      if (this.#isWanted) throw error;
      return undefined;
    } finally {
      this.#jobs.delete(job);
    }
  }

  /** The peer has left: ends every one where it stands, so that nothing more is done for it. */
  end(): void {
    this.#isWanted = false;
    for (const job of this.#jobs) job.return(undefined);
  }

  async #resumeAfter<T>(effect: Effect, job: Effects<T>): Promise<IteratorResult<Effect, T>> {
    let value: unknown;
    try {
      const performed = performOnLoop(effect, this.#service, () => this.#isWanted, this.#gate);
      value = performed instanceof Promise ? await performed : performed.value;
    } catch (error) {
      return job.throw(error);
    }
    return job.next(value);
  }
}
