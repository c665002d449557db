import type { Effect, Effects } from '../application.js';
import type { Connection, ConnectionEffect } from '../connection.js';
import { CoroutineTask, type Surroundings } from './coroutine-task.js';

function* doJob(job: Effects<Uint8Array>, deliver: (bytes: Uint8Array) => void): Connection {
  deliver(yield* job);
}

/** A job beside a connection: a task of its own, that knows no socket. */
export class JobTask extends CoroutineTask {
  readonly #onEnd: (task: JobTask) => void;

  /** @param deliver is given what the job gives @param onEnd is told that it has ended, so or otherwise */
  constructor(
    surroundings: Surroundings,
    job: Effects<Uint8Array>,
    deliver: (bytes: Uint8Array) => void,
    onEnd: (task: JobTask) => void,
  ) {
    super(surroundings, doJob(job, deliver));
    this.#onEnd = onEnd;
  }

  protected override perform(effect: ConnectionEffect): unknown {
    // Besides the application's, there is only the farewell.
    return effect.kind === 'settle' ? undefined : this.performForApplication(effect as Effect);
  }

  protected override release(): void {
    this.#onEnd(this);
  }
}
