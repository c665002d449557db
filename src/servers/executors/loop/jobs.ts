import type { Effect, Effects } from '../../application.js';
import type { Service } from '../../service.js';
import { type CpuGate, performOnLoop, runAtOnce } from './effects.js';
import { oneCpuTaskPerTurn } from './one-cpu-task-per-turn.js';

/** Coroutines of the application that are under way for one peer, on Node's event loop. */
export class LoopJobs {
  readonly #service: Service;
  readonly #gate: CpuGate;
  readonly #hasRoom: () => boolean;
  readonly #jobs = new Set<Effects<unknown>>();
  /** Lets those go on that wait for room, in their order. */
  readonly #waiting: (() => void)[] = [];
  #isWanted = true;

  /** @param hasRoom whether there is room for what a job gives: without it, none goes on to its answer */
  constructor(
    service: Service,
    gate: CpuGate = oneCpuTaskPerTurn(runAtOnce(service.counters)),
    hasRoom: () => boolean = () => true,
  ) {
    this.#service = service;
    this.#gate = gate;
    this.#hasRoom = hasRoom;
  }

  /** How many there are. */
  get size(): number {
    return this.#jobs.size;
  }

  /** Runs one to its end, at once where it waits for nothing; `undefined` when the peer has left meanwhile. */
  run<T>(job: Effects<T>): T | Promise<T | undefined> {
    const step = job.next();
    return step.done === true ? step.value : this.#goOn(job, step);
  }

  async #goOn<T>(job: Effects<T>, begun: IteratorYieldResult<Effect>): Promise<T | undefined> {
    this.#jobs.add(job);
    try {
      let step: IteratorResult<Effect, T> = begun;
      while (step.done !== true) step = await this.#resumeAfter(step.value, job);
      return this.#isWanted ? step.value : undefined;
    } catch (error) {
      if (this.#isWanted) throw error;
      return undefined;
    } finally {
      this.#jobs.delete(job);
    }
  }

  /** There is room again, which those that wait for it have to look at anew, one after the other. */
  roomMade(): void {
    for (const goOn of this.#waiting.splice(0)) goOn();
  }

  /** The peer has left: ends every one where it stands, so that nothing more is done for it. */
  end(): void {
    this.#isWanted = false;
    for (const job of this.#jobs) job.return(undefined);
    this.roomMade();
  }

  async #resumeAfter<T>(effect: Effect, job: Effects<T>): Promise<IteratorResult<Effect, T>> {
    let resume: () => IteratorResult<Effect, T>;
    try {
      const performed = performOnLoop(effect, this.#service, () => this.#isWanted, this.#gate);
      const { value } = performed instanceof Promise ? await performed : performed;
      resume = () => job.next(value);
    } catch (error) {
      resume = () => job.throw(error);
    }
    // Nothing may come between the last look and the job: what another one gives meanwhile may fill the room.
    while (this.#isWanted && !this.#hasRoom()) await new Promise<void>((goOn) => this.#waiting.push(goOn));
    return resume();
  }
}
