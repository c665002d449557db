import type { SocketQueues } from '../../../src/net/sys/socket-queues.js';
import type { Connection } from '../../../src/servers/connection.js';
import { ConnectionTask } from '../../../src/servers/runtime/connection-task.js';
import { type Future, pending } from '../../../src/servers/runtime/future.js';
import type { Io, Progress, Stream } from '../../../src/servers/runtime/io.js';
import { type Driver, Runtime, type Waker } from '../../../src/servers/runtime/runtime.js';
import { someService } from './some-service.js';

// A kernel in which nothing happens but what a test has written down, and a time that stands still meanwhile.

/** Time that a test moves on. */
export class ManualTime {
  ms = 0;

  readonly now = (): number => this.ms;
}

/** Waits in no time: until the next event of its script, or until it has waited as long as it was asked to. */
export class ScriptedDriver implements Driver {
  readonly time: ManualTime;
  /** What it was asked to wait at most, each time. */
  readonly waits: number[] = [];
  readonly #script: { readonly atMs: number; readonly event: () => void }[] = [];

  constructor(time: ManualTime) {
    this.time = time;
  }

  /** Lets something happen then, or as soon as it is looked at afterwards. Events are written down in order. */
  at(atMs: number, event: () => void): void {
    this.#script.push({ atMs, event });
  }

  wait(timeoutMs: number): void {
    this.waits.push(timeoutMs);
    const until = this.time.ms + timeoutMs;
    const next = this.#script[0];
    if (next !== undefined && next.atMs <= until) {
      this.#script.shift();
      this.time.ms = Math.max(this.time.ms, next.atMs);
      next.event();
    } else if (until === Number.POSITIVE_INFINITY) throw new Error('waits for ever: the script is over');
    else this.time.ms = until;
  }
}

/** A socket on which bytes arrive when the test says so, and whose peer reads at once, or when the test says so. */
export class ScriptedStream implements Stream {
  bytesSent = 0;
  isClosed = false;
  peerReads = true;
  /** Bytes that were taken from the coroutine, and that the kernel has no room for. */
  #unsent = 0;
  #waker: Waker | undefined;
  readonly #arrived: Uint8Array[] = [];

  open(waker: Waker): void {
    this.#waker = waker;
  }

  arrive(text: string): void {
    this.#arrived.push(Buffer.from(text));
    this.#waker?.wake();
  }

  /** The peer reads so many bytes of those that wait. */
  peerReadsOn(bytes: number): void {
    this.#unsent -= bytes;
    this.bytesSent += bytes;
    this.#waker?.wake();
  }

  receive(): Uint8Array | typeof pending {
    return this.#arrived.shift() ?? pending;
  }

  send(bytes: Uint8Array): Progress {
    if (this.peerReads) this.bytesSent += bytes.length;
    else this.#unsent += bytes.length;
    return undefined;
  }

  sendSoon(bytes: Uint8Array): void {
    this.send(bytes);
  }

  room(): Progress {
    return this.flush();
  }

  flush(): Progress {
    return this.#unsent > 0 ? pending : undefined;
  }

  queues(): SocketQueues {
    return { arrivedBytes: 0, onWayBytes: this.#unsent };
  }

  finish(): void {
    // Nobody reads the end.
  }

  close(): void {
    this.isClosed = true;
  }
}

/** Files that take a time to read, during which the thread is blocked, and sockets by their descriptors. */
class ScriptedIo extends ScriptedDriver implements Io {
  readonly streams: ScriptedStream[] = [];

  listen(): never {
    throw new Error('nobody connects');
  }

  open(fd: number, waker: Waker): Stream {
    const stream = this.streams[fd] as ScriptedStream;
    stream.open(waker);
    return stream;
  }

  watch(): void {
    // Nobody rings.
  }

  submit(): void {
    // All has left.
  }

  /** @param path how many ms it takes */
  readFile(path: string): Future<Uint8Array> {
    this.time.ms += Number(path);
    const bytes = Buffer.from(path);
    return { poll: () => bytes };
  }

  close(): void {
    // Nothing is open.
  }
}

/** Runs connections on one thread until all of them have ended. */
export async function runConnections(
  connectionsOf: (time: ManualTime) => readonly (() => Connection)[],
  script: (driver: ScriptedDriver, streams: readonly ScriptedStream[]) => void = () => undefined,
): Promise<{
  readonly waits: readonly number[];
  readonly logged: readonly string[];
  readonly streams: readonly ScriptedStream[];
  /** When the last of them ended. */
  readonly endedAt: number;
}> {
  const time = new ManualTime();
  const io = new ScriptedIo(time);
  const runtime = new Runtime(io, time);
  const logged: string[] = [];
  const service = await someService((message) => logged.push(message));
  const open = new Set<ConnectionTask>();
  for (const openConnection of connectionsOf(time)) {
    const fd = io.streams.push(new ScriptedStream()) - 1;
    const task = new ConnectionTask(fd, { runtime, io, service: { ...service, openConnection } }, (ended) => {
      open.delete(ended);
      if (open.size === 0) runtime.stop();
    });
    open.add(task);
    task.wake();
  }
  script(io, io.streams);
  runtime.run();
  return { waits: io.waits, logged, streams: io.streams, endedAt: time.ms };
}
