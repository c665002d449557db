import type { Socket } from 'node:net';
import type { Service } from '../../service.js';
import { LoopConnection, sweepMs } from './connection.js';
import { type CpuGate, runAtOnce } from './effects.js';
import { HeldBack } from './held-back.js';

/**
 * The connections of one thread on Node's event loop. Each is a coroutine; here it is parked while an effect
 * is under way, and resumed by the callback that says it is done. Deadlines are not timers of their own
 * (a request is quicker than a timer is to set): one sweep looks at all of them four times a second.
 */
export class LoopConnections {
  readonly #service: Service;
  readonly #heldBack = new HeldBack();
  readonly #runCpuTask: CpuGate;
  readonly #connections = new Set<LoopConnection>();
  readonly #sweep: NodeJS.Timeout;
  #whenEmpty: (() => void) | undefined;
  /** How many there have been. */
  accepted = 0;

  /** @param runCpuTask runs a CPU-bound task whose turn has come; without it, at once */
  constructor(service: Service, runCpuTask = runAtOnce(service.counters)) {
    this.#service = service;
    this.#runCpuTask = (task, isWanted) => {
      this.#heldBack.letAllGo();
      return runCpuTask(task, isWanted);
    };
    // Timers come before sockets in Node's loop: what has arrived while this thread computed is read first.
    this.#sweep = setInterval(() => setImmediate(() => this.#endOverdue()), sweepMs);
    this.#sweep.unref();
  }

  /** Serves a connected socket until its connection ends. */
  serve(socket: Socket): void {
    this.accepted += 1;
    // The grace time may end while some wait still to be accepted.
    if (socket.destroyed || this.#service.phase.current === 'aborting') {
      socket.destroy();
      return;
    }
    const connection = new LoopConnection(socket, this.#service, this.#heldBack, this.#runCpuTask, () => {
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.#whenEmpty?.();
    });
    this.#connections.add(connection);
    connection.begin();
    if (this.#service.phase.ending) void connection.endIfNothingArrives();
  }

  /** The server drains: ends those that wait for a request, whose descriptors others may be waiting for. */
  async endIdle(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.endIfNothingArrives()));
  }

  /** Ends connections as they become idle; done when the last is gone. Serve no more after it. */
  async drain(): Promise<void> {
    await this.endIdle();
    if (this.#connections.size > 0)
      await new Promise<void>((resolve) => {
        this.#whenEmpty = resolve;
      });
    clearInterval(this.#sweep);
  }

  /** Cuts every connection. */
  abort(): void {
    for (const connection of this.#connections) connection.abort();
  }

  #endOverdue(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.endIfOverdue(now);
  }
}
