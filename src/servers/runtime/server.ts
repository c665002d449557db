import type { Log } from '../../core/log.js';
import { drainEventfd } from '../../net/sys/eventfd.js';
import { setNoDelay } from '../../net/sys/socket.js';
import type { Service } from '../service.js';
import { AcceptTask } from './accept-task.js';
import { ConnectionTask } from './connection-task.js';
import type { TaskContext } from './coroutine-task.js';
import type { Io } from './io.js';
import { Runtime, Task } from './runtime.js';

/** What a thread of a runtime server is given: descriptors that it owns from then on. */
export interface ServerStart {
  /** A listening socket, blocking. */
  readonly listener: number;
  /** An eventfd: signalled when `phase` has changed. Only this one stays the host's. */
  readonly doorbell: number;
}

/** Runs a server on the calling thread until it has drained; closes `io` then. */
export function runServer({ listener, doorbell }: ServerStart, io: Io, service: Service, log: Log): void {
  const runtime = new Runtime(io);
  const context: TaskContext = { runtime, io, service };
  const connections = new Set<ConnectionTask>();
  const stopWhenDone = (): void => {
    if (acceptor.isEnded && connections.size === 0) runtime.stop();
  };
  const onEnd = (task: ConnectionTask): void => {
    connections.delete(task);
    stopWhenDone();
  };
  const onConnection = (fd: number): void => {
    setNoDelay(fd);
    const task = new ConnectionTask(fd, context, onEnd);
    connections.add(task);
    if (service.phase.current === 'aborting') task.end();
    else task.wake();
  };
  const acceptor = new AcceptTask(listener, runtime, io, log, {
    backlog: service.limits.backlog,
    onConnection,
    onEnd: stopWhenDone,
  });
  const onPhaseChange = (): void => {
    if (!service.phase.ending) return;
    const isAborting = service.phase.current === 'aborting';
    if (isAborting) acceptor.abort();
    else acceptor.stop();
    for (const task of connections) {
      if (isAborting) task.end();
      else task.endIfIdle();
    }
  };
  const doorbellTask = new DoorbellTask(runtime, doorbell, onPhaseChange);
  io.watch(doorbell, doorbellTask);
  // It may have changed before anybody watched.
  doorbellTask.wake();
  acceptor.wake();
  runtime.run();
  io.close();
}

/**
 * Answers the one door by which another thread wakes this one. Why an eventfd: this thread sleeps in the kernel, where
 * `Atomics.notify` cannot reach it. A write to an eventfd is an event like any other.
 */
class DoorbellTask extends Task {
  readonly #eventfd: number;
  readonly #onRing: () => void;

  constructor(runtime: Runtime, eventfd: number, onRing: () => void) {
    super(runtime);
    this.#eventfd = eventfd;
    this.#onRing = onRing;
  }

  poll(): void {
    drainEventfd(this.#eventfd);
    this.#onRing();
  }
}
