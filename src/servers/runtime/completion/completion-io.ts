import { POLLIN } from '../../../net/sys/poll.js';
import { Uring, UringOp } from '../../../net/sys/uring.js';
import type { Future } from '../future.js';
import type { Io, Listener, Stream } from '../io.js';
import type { Waker } from '../runtime.js';
import { BufferPool } from './buffer-pool.js';
import { Kind, Proactor } from './proactor.js';
import { RingFileRead } from './ring-file-read.js';
import { RingListener } from './ring-listener.js';
import { RingStream } from './ring-stream.js';

const ringEntries = 4096;
/** For less, answers leave with those that are made meanwhile: a system call for each costs a fifth of the throughput. */
const worthASubmitMs = 1;

/** Told of completion by io_uring, through which everything is done. */
export class CompletionIo implements Io {
  readonly #proactor: Proactor;
  readonly #pool = new BufferPool();
  readonly #reads = new Set<RingFileRead>();
  readonly #watches: number[] = [];
  /** Streams whose answers leave together. */
  readonly #held: RingStream[] = [];
  #isClosing = false;

  constructor(ring = new Uring(ringEntries)) {
    this.#proactor = new Proactor(ring);
  }

  listen(fd: number, waker: Waker): Listener {
    return new RingListener(fd, this.#proactor, waker);
  }

  open(fd: number, waker: Waker): Stream {
    return new RingStream(fd, this.#proactor, this.#pool, waker, this.#held);
  }

  watch(eventfd: number, waker: Waker): void {
    const proactor = this.#proactor;
    const poll = { op: UringOp.poll, fd: eventfd, address: 0, length: 0, offset: 0, opFlags: POLLIN, flags: 0 };
    const token = proactor.take({
      completed: () => {
        if (this.#isClosing) return proactor.giveBack(token);
        proactor.queue(poll, token, Kind.poll);
        waker.wake();
      },
    });
    this.#watches.push(token);
    proactor.queue(poll, token, Kind.poll);
  }

  submit(computingMs: number): void {
    if (computingMs < worthASubmitMs) return;
    this.wait(0);
    // A stream sends one thing at a time: what was behind the first one goes now.
    this.#proactor.submit();
  }

  readFile(path: string, waker: Waker): Future<Uint8Array> {
    const read = new RingFileRead(path, this.#proactor, (ended) => {
      this.#reads.delete(ended);
      waker.wake();
    });
    this.#reads.add(read);
    read.begin();
    return read;
  }

  wait(timeoutMs: number): void {
    this.#letGo();
    this.#proactor.wait(timeoutMs);
  }

  /** What is under way may use memory and descriptors of ours: it is ended, and waited for. */
  close(): void {
    this.#isClosing = true;
    for (const token of this.#watches) this.#proactor.cancel(token, Kind.poll);
    while (!this.#proactor.isIdle) {
      for (const read of this.#reads) read.cancel();
      this.#proactor.wait(Number.POSITIVE_INFINITY);
    }
    this.#proactor.close();
  }

  #letGo(): void {
    for (const stream of this.#held) stream.letGo();
    this.#held.length = 0;
  }
}
