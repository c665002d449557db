import type { Effects } from '../application.js';
import { CoroutineTask } from './coroutine-task.js';
import { pending } from './future.js';
import { JobTask } from './job-task.js';

/** A connection's coroutine with the jobs it has spawned. How bytes come and go is left to what extends it. */
export abstract class SocketTask extends CoroutineTask {
  readonly #jobs = new Set<JobTask>();

  /** Puts bytes behind those that wait to be sent. */
  protected abstract deliver(bytes: Uint8Array): void;

  /** Sends what waits: `undefined` when all of it is sent, else `pending` or `peerLost`. */
  protected abstract flush(): unknown;

  protected spawn(job: Effects<Uint8Array>): void {
    const task = new JobTask(
      this.runtime,
      this.service,
      job,
      (bytes) => this.deliver(bytes),
      (ended) => {
        this.#jobs.delete(ended);
        if (this.effect?.kind === 'settle') this.runtime.wake(this);
      },
    );
    this.#jobs.add(task);
    this.runtime.wake(task);
  }

  protected settle(most: number): unknown {
    const flushed = this.flush();
    if (flushed !== undefined) return flushed;
    return this.#jobs.size <= most ? undefined : pending;
  }

  override end(): void {
    super.end();
    for (const job of this.#jobs) job.end();
  }
}
