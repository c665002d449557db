import type { Effect, Effects } from '../application.js';
import { CoroutineTask, type CpuTurn, type TaskContext } from './coroutine-task.js';
import type { Progress } from './io.js';

function* doJob(job: Effects<Uint8Array>, deliver: (bytes: Uint8Array) => void): Effects<void> {
  deliver(yield* job);
}

/** A job beside a connection: a task of its own, that knows no socket. */
export class JobTask extends CoroutineTask<Effect> {
  readonly #mayGoOn: (task: JobTask) => boolean;
  readonly #onEnd: (task: JobTask) => void;

  /**
   * @param cpuTurn of its connection
   * @param deliver is given what the job gives
   * @param mayGoOn is asked each time; whoever says no wakes the task when it may
   * @param onEnd is told that it has ended, finished or cancelled
   */
  constructor(
    context: TaskContext,
    job: Effects<Uint8Array>,
    cpuTurn: CpuTurn,
    deliver: (bytes: Uint8Array) => void,
    mayGoOn: (task: JobTask) => boolean,
    onEnd: (task: JobTask) => void,
  ) {
    super(context, doJob(job, deliver), cpuTurn);
    this.#mayGoOn = mayGoOn;
    this.#onEnd = onEnd;
  }

  override poll(): void {
    if (this.#mayGoOn(this)) super.poll();
  }

  protected override perform(effect: Effect): unknown {
    return this.performForApplication(effect);
  }

  protected override flush(): Progress {
    // The connection sends for it.
    return undefined;
  }

  protected override release(): void {
    this.#onEnd(this);
  }
}
