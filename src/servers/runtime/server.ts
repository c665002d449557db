import type { Log } from '../../core/log.js';
import { drainEventfd } from '../../net/sys/eventfd.js';
import { setNoDelay } from '../../net/sys/socket.js';
import type { Service } from '../service.js';
import { AcceptTask } from './accept-task.js';
import { ConnectionTask } from './connection-task.js';
import type { Surroundings } from './coroutine-task.js';
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
  const surroundings: Surroundings = { runtime, io, service };
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
    const task = new ConnectionTask(fd, surroundings, onEnd);
    connections.add(task);
    if (service.phase.current === 'aborting') task.end();
    else task.wake();
  };
  const acceptor = new AcceptTask(listener, runtime, io, log, { onConnection, onEnd: stopWhenDone });
  const obeyPhase = (): void => {
    if (!service.phase.ending) return;
    acceptor.stop();
    const isAborting = service.phase.current === 'aborting';
    for (const task of connections) {
      if (isAborting) task.end();
      else task.endIfIdle();
    }
  };
  const porter = new DoorbellTask(runtime, doorbell, obeyPhase);
  io.watch(doorbell, porter);
  porter.wake();
  acceptor.wake();
  runtime.run();
  io.close();
}

/** Answers the one door by which another thread wakes this one. */
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
