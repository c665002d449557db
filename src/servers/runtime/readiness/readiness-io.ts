import { readWholeFileSync } from '../../whole-file.js';
import type { Future } from '../future.js';
import type { Io, Listener, Stream } from '../io.js';
import type { Waker } from '../runtime.js';
import { ReadyListener } from './ready-listener.js';
import { ReadyStream } from './ready-stream.js';
import type { Selector } from './selector.js';

const bufferBytes = 64 * 1024;

/** A selector says what is ready; plain system calls (`accept`, `read`, `send`) then do it. */
export class ReadinessIo implements Io {
  readonly #selector: Selector;
  /** Where `read` puts its bytes. One for all: a coroutine takes what it keeps before anybody else runs. */
  readonly #buffer = new Uint8Array(bufferBytes);

  /** Streams whose answers leave together. */
  readonly #held: ReadyStream[] = [];

  constructor(selector: Selector) {
    this.#selector = selector;
  }

  listen(fd: number, waker: Waker): Listener {
    return new ReadyListener(fd, this.#selector, waker);
  }

  open(fd: number, waker: Waker): Stream {
    return new ReadyStream(fd, this.#selector, waker, this.#buffer, this.#held);
  }

  watch(eventfd: number, waker: Waker): void {
    this.#selector.add({ fd: eventfd, wantsRead: true, wantsWrite: false, onReady: () => waker.wake() });
  }

  submit(): void {
    this.#letGo();
  }

  /** Linux has no readiness of files: this blocks the thread, for as long as the page cache needs. */
  readFile(path: string): Future<Uint8Array> {
    this.#letGo();
    const bytes = readWholeFileSync(path);
    return { poll: () => bytes };
  }

  wait(timeoutMs: number): void {
    // Whoever has lost its peer is ready to end.
    const isSomebodyReady = this.#letGo();
    this.#selector.wait(isSomebodyReady ? 0 : timeoutMs);
  }

  close(): void {
    this.#selector.close();
  }

  /** @returns whether one of them has lost its peer */
  #letGo(): boolean {
    let isOneLost = false;
    for (const stream of this.#held) if (stream.letGo()) isOneLost = true;
    this.#held.length = 0;
    return isOneLost;
  }
}
