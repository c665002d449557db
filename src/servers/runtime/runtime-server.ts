import type { Log } from '../../core/log.js';
import { EAGAIN, ECONNABORTED, errnoName } from '../../net/sys/errno.js';
import { drainEventfd } from '../../net/sys/eventfd.js';
import { accept, close, setNonBlocking } from '../../net/sys/socket.js';
import type { Phase } from '../phase.js';
import type { Service } from '../service.js';
import { type ConnectionContext, ConnectionTask } from './connection-task.js';
import { Runtime, Task } from './runtime.js';
import type { Selector, Source } from './selector.js';
import { Timer } from './timer-heap.js';

const bufferBytes = 64 * 1024;
const acceptPauseMs = 100;

/** What a thread of a runtime server is given: descriptors that it owns from then on. */
export interface RuntimeServerStart {
  /** A listening socket. */
  readonly listener: number;
  /** An eventfd: signalled when `phase` has changed. Only this one stays the host's. */
  readonly doorbell: number;
}

/** Runs a server on the calling thread, with descriptors watched by `selector`, until it has drained. */
export function runServer(start: RuntimeServerStart, selector: Selector, service: Service, log: Log): void {
  const runtime = new Runtime(selector);
  const connections = new Set<ConnectionTask>();
  const stopWhenDone = (): void => {
    if (acceptor.isClosed && connections.size === 0) runtime.stop();
  };
  const context: ConnectionContext = {
    runtime,
    selector,
    service,
    buffer: new Uint8Array(bufferBytes),
    onClosed: (task) => {
      connections.delete(task);
      stopWhenDone();
    },
  };
  const acceptor = new AcceptTask(start.listener, runtime, selector, log, (fd) => {
    const task = new ConnectionTask(fd, context);
    connections.add(task);
    selector.add(task);
    runtime.wake(task);
  });
  const doorbell = new DoorbellTask(start.doorbell, runtime, service.phase, {
    drain: () => {
      acceptor.close();
      for (const task of connections) task.endIfIdle();
      stopWhenDone();
    },
    abort: () => {
      for (const task of connections) task.end();
    },
  });
  selector.add(doorbell);
  selector.add(acceptor);
  runtime.wake(doorbell);
  runtime.wake(acceptor);
  runtime.run();
  selector.close();
}

/** Accepts until nobody waits, each time the listening socket is ready. */
class AcceptTask extends Task implements Source {
  readonly fd: number;
  readonly wantsWrite = false;
  isClosed = false;
  readonly #runtime: Runtime;
  readonly #selector: Selector;
  readonly #log: Log;
  readonly #onConnection: (fd: number) => void;
  readonly #pause: Timer;
  #isPaused = false;

  constructor(fd: number, runtime: Runtime, selector: Selector, log: Log, onConnection: (fd: number) => void) {
    super();
    setNonBlocking(fd, true);
    this.fd = fd;
    this.#runtime = runtime;
    this.#selector = selector;
    this.#log = log;
    this.#onConnection = onConnection;
    this.#pause = new Timer(() => {
      this.#isPaused = false;
      runtime.wake(this);
    });
  }

  get wantsRead(): boolean {
    return !this.#isPaused;
  }

  ready(): void {
    if (!this.#isPaused) this.#runtime.wake(this);
  }

  poll(): void {
    while (!this.isClosed) {
      const fd = accept(this.fd, true);
      if (fd >= 0) {
        this.#onConnection(fd);
        continue;
      }
      if (fd === -EAGAIN) return;
      if (fd === -ECONNABORTED) continue;
      // Out of descriptors or memory: those who wait shall wait a little, while others end and free some.
      this.#log('warn', `accept: ${errnoName(-fd)}; trying again in ${acceptPauseMs} ms`);
      this.#isPaused = true;
      this.#runtime.timers.set(this.#pause, this.#runtime.now + acceptPauseMs);
      return;
    }
  }

  /** Takes whoever waits in the accept queue, and no more. */
  close(): void {
    if (this.isClosed) return;
    this.poll();
    this.isClosed = true;
    this.#runtime.timers.cancel(this.#pause);
    this.#selector.remove(this);
    close(this.fd);
  }
}

interface Orders {
  readonly drain: () => void;
  readonly abort: () => void;
}

/** The one door by which another thread wakes this one: looks at the phase of the server when the bell has rung. */
class DoorbellTask extends Task implements Source {
  readonly fd: number;
  readonly wantsRead = true;
  readonly wantsWrite = false;
  readonly #runtime: Runtime;
  readonly #phase: Phase;
  readonly #orders: Orders;

  constructor(fd: number, runtime: Runtime, phase: Phase, orders: Orders) {
    super();
    this.fd = fd;
    this.#runtime = runtime;
    this.#phase = phase;
    this.#orders = orders;
  }

  ready(): void {
    this.#runtime.wake(this);
  }

  poll(): void {
    if (!drainEventfd(this.fd) && !this.#phase.ending) return;
    const { current } = this.#phase;
    if (current !== 'running') this.#orders.drain();
    if (current === 'aborting') this.#orders.abort();
  }
}
