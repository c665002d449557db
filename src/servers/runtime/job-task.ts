import type { Effect, Effects } from '../application.js';
import { CoroutineTask, type CpuTurn, type TaskContext } from './coroutine-task.js';
import type { Progress } from './io.js';

function* doJob(job: Effects<Uint8Array>, owner: JobOwner): Effects<void> {
  owner.answer(yield* job);
}

/** The connection that a job is done for. */
export interface JobOwner {
  /** Takes what the job gives. */
  readonly answer: (bytes: Uint8Array) => void;
  /** Is asked each time; whoever says no wakes the task when it may. */
  readonly mayGoOn: (job: JobTask) => boolean;
  /** It has ended, finished or cancelled. */
  readonly jobEnded: (job: JobTask) => void;
  /** Hangs up: a peer that waits for an answer in vain shall know. */
  readonly end: () => void;
}

/** A job beside a connection: a task of its own, that knows no socket. */
export class JobTask extends CoroutineTask<Effect> {
  readonly #owner: JobOwner;

  /** @param cpuTurn of its connection */
  constructor(context: TaskContext, job: Effects<Uint8Array>, cpuTurn: CpuTurn, owner: JobOwner) {
    super(context, doJob(job, owner), cpuTurn);
    this.#owner = owner;
  }

  override poll(): void {
    if (this.#owner.mayGoOn(this)) super.poll();
  }

  protected override perform(effect: Effect): unknown {
    return this.performForApplication(effect);
  }

  protected override flush(): Progress {
    // The connection sends for it.
    return undefined;
  }

  protected override fail(): void {
    this.#owner.end();
  }

  protected override release(): void {
    this.#owner.jobEnded(this);
  }
}
