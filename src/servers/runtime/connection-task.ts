import type { Effects } from '../application.js';
import type { ConnectionEffect } from '../connection.js';
import { CoroutineTask, type CpuTurn, type TaskContext } from './coroutine-task.js';
import { pending } from './future.js';
import { peerLost, type Progress, type Stream } from './io.js';
import { type JobOwner, JobTask } from './job-task.js';
import { longToMakeMs, mostTogether } from '../unsent.js';

/** A connection: its coroutine, its socket, and the jobs it has spawned. */
export class ConnectionTask extends CoroutineTask<ConnectionEffect> implements JobOwner {
  readonly #context: TaskContext;
  readonly #stream: Stream;
  readonly #cpuTurn: CpuTurn;
  readonly #jobs = new Set<JobTask>();
  /** Jobs that wait until the answers of other jobs are sent, because the peer reads slowly. */
  readonly #held = new Set<JobTask>();
  readonly #onEnd: (task: ConnectionTask) => void;
  /** The effect whose bytes the stream has been given. */
  #given: ConnectionEffect | undefined;
  /** Answers of jobs since it was flushed. */
  #together = 0;
  /** What the stream had sent when the peer's patience was looked at. */
  #bytesSent = 0;

  /** @param fd a connected socket, which it owns from now on */
  constructor(fd: number, context: TaskContext, onEnd: (task: ConnectionTask) => void) {
    const cpuTurn = { last: -1 };
    super(context, context.service.openConnection(), cpuTurn);
    this.#cpuTurn = cpuTurn;
    this.#context = context;
    this.#stream = context.io.open(fd, this);
    this.#onEnd = onEnd;
  }

  /** The server drains: a connection that waits for its next request looks once more, and ends. */
  endIfIdle(): void {
    if (this.effect?.kind === 'receive' && this.effect.idle) this.wake();
  }

  override poll(): void {
    super.poll();
    if (this.#held.size === 0 || this.#stream.room() === pending) return;
    for (const job of this.#held) job.wake();
    this.#held.clear();
  }

  override end(): void {
    super.end();
    for (const job of this.#jobs) job.end();
  }

  protected override perform(effect: ConnectionEffect): unknown {
    switch (effect.kind) {
      case 'receive':
        return this.#receive(effect.timeoutMs, effect.idle);
      case 'send':
        return this.#send(effect.bytes, effect);
      case 'finish':
        return this.#finish();
      case 'spawn':
        this.#spawn(effect.job);
        return undefined;
      case 'settle':
        return this.#settle(effect.most);
      case 'queues':
        return this.#stream.queues();
      case 'sleep':
      case 'cpu':
      case 'readFile':
      case 'stats':
        return this.performForApplication(effect);
    }
  }

  /** Others may answer in the same turn: they share a system call. */
  answer(bytes: Uint8Array): void {
    this.#stream.sendSoon(bytes);
    this.#together += 1;
    if (this.#together >= mostTogether(this.service.counters)) this.#letGo();
  }

  /** Answers that nobody reads are not made: a peer that asks for much and reads nothing costs little memory. */
  mayGoOn(job: JobTask): boolean {
    const hasRoom = this.#stream.room() !== pending;
    if (!hasRoom) this.#held.add(job);
    return hasRoom;
  }

  jobEnded(job: JobTask): void {
    this.#jobs.delete(job);
    this.#held.delete(job);
    if (this.effect?.kind === 'settle') this.wake();
  }

  protected override flush(): Progress {
    const sent = this.#stream.flush();
    if (sent !== pending) return sent;
    // The answers to many requests at once may have taken long to make: patience begins now.
    this.runtime.updateClock();
    const { bytesSent } = this.#stream;
    // Whoever reads slowly has time as long as he reads.
    if (bytesSent !== this.#bytesSent) this.waitAnew();
    this.#bytesSent = bytesSent;
    return this.timedOut(this.service.limits.idleTimeout) ? peerLost : pending;
  }

  protected override release(): void {
    this.#stream.close();
    this.service.connectionClosed(this.coroutine);
    this.#onEnd(this);
  }

  #receive(timeoutMs: number, idle: boolean): unknown {
    this.#letGo();
    const isLastLook = timeoutMs === 0 || (idle && this.service.phase.ending);
    const bytes = this.#stream.receive(isLastLook);
    if (bytes !== pending || isLastLook) return bytes;
    // `undefined` is the result: the peer has let its time pass.
    return this.timedOut(timeoutMs) ? undefined : pending;
  }

  #send(bytes: Uint8Array, effect: ConnectionEffect): Progress {
    if (this.#given !== effect) {
      this.#given = effect;
      const sent = this.#stream.send(bytes);
      if (sent !== pending) return sent;
    }
    return this.flush();
  }

  #finish(): Progress {
    const sent = this.flush();
    if (sent === undefined) this.#stream.finish();
    return sent;
  }

  #spawn(job: Effects<Uint8Array>): void {
    const task = new JobTask(this.#context, job, this.#cpuTurn, this);
    this.#jobs.add(task);
    // At once, so that the next `settle` sees what it answers without waiting: nothing more is read while that is unsent.
    const begunMs = performance.now();
    task.poll();
    if (performance.now() - begunMs > longToMakeMs) this.#letGo();
  }

  #letGo(): void {
    this.#together = 0;
    this.#stream.flush();
  }

  #settle(most: number): Progress {
    const isFew = this.#jobs.size <= most;
    const room = this.#stream.room();
    if (isFew && room !== pending) return room;
    const sent = this.flush();
    return sent === undefined && !isFew ? pending : sent;
  }
}
