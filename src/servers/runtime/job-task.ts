import type { Effect, Effects } from '../application.js';
import type { Connection } from '../connection.js';
import type { Service } from '../service.js';
import { CoroutineTask } from './coroutine-task.js';
import type { Runtime } from './runtime.js';

function* doJob(job: Effects<Uint8Array>, deliver: (bytes: Uint8Array) => void): Connection {
  deliver(yield* job);
}

/** A job beside a connection: a task of its own, that knows no socket. */
export class JobTask extends CoroutineTask {
  readonly #onEnd: (task: JobTask) => void;

  /** @param deliver is given what the job gives @param onEnd is told that it has ended, so or otherwise */
  constructor(
    runtime: Runtime,
    service: Service,
    job: Effects<Uint8Array>,
    deliver: (bytes: Uint8Array) => void,
    onEnd: (task: JobTask) => void,
  ) {
    super(runtime, service, doJob(job, deliver));
    this.#onEnd = onEnd;
  }

  protected override perform(effect: Effect): unknown {
    return this.performForApplication(effect);
  }

  protected override release(): void {
    this.#onEnd(this);
  }
}
