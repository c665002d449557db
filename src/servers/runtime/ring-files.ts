import { addressOf } from '../../net/sys/memory.js';
import { type FileOperation, readFileSteps } from '../../net/sys/uring-file.js';
import type { ReadFile } from './file-read.js';
import { type Future, pending } from './future.js';
import { type Completable, Kind, type Proactor } from './proactor.js';

/** Files that are read through the rings: nobody else has to wait for a disk. */
export class RingFiles {
  readonly #proactor: Proactor;
  readonly #underWay = new Set<RingFileRead>();

  constructor(proactor: Proactor) {
    this.#proactor = proactor;
  }

  readonly read: ReadFile = (path, wake) => {
    const read = new RingFileRead(path, this.#proactor, () => {
      this.#underWay.delete(read);
      wake();
    });
    this.#underWay.add(read);
    read.begin();
    return read;
  };

  /** Ends those for which nobody waits any more. Afterwards the kernel uses no memory and no descriptor of theirs. */
  close(): void {
    for (const read of this.#underWay) read.cancel();
    while (this.#underWay.size > 0) this.#proactor.wait(Number.POSITIVE_INFINITY);
  }
}

class RingFileRead implements Completable, Future<Uint8Array> {
  readonly #proactor: Proactor;
  readonly #token: number;
  readonly #steps;
  readonly #onEnd: () => void;
  /** The operation under way, with the memory that the kernel has of us. */
  #underWay: FileOperation | undefined;
  #bytes: Uint8Array | undefined;
  #error: Error | undefined;

  constructor(path: string, proactor: Proactor, onEnd: () => void) {
    this.#steps = readFileSteps(path);
    this.#proactor = proactor;
    this.#token = proactor.take(this);
    this.#onEnd = onEnd;
  }

  begin(): void {
    this.#go(0);
  }

  completed(kind: number, result: number): void {
    if (kind === Kind.file) this.#go(result);
  }

  poll(): Uint8Array | typeof pending {
    if (this.#error !== undefined) throw this.#error;
    return this.#bytes ?? pending;
  }

  cancel(): void {
    if (this.#underWay !== undefined) this.#proactor.cancel(this.#token, Kind.file);
  }

  #go(result: number): void {
    try {
      const { done, value } = this.#steps.next(result);
      if (done !== true) {
        this.#queue(value);
        return;
      }
      this.#bytes = value;
    } catch (error) {
      this.#error = error as Error;
    }
    this.#underWay = undefined;
    this.#proactor.giveBack(this.#token);
    this.#onEnd();
  }

  #queue(operation: FileOperation): void {
    this.#underWay = operation;
    const { op, fd, memory, from = 0, length = 0, offset = 0, opFlags = 0 } = operation;
    const address = memory === undefined ? 0 : addressOf(memory) + from;
    this.#proactor.queue({ op, fd, address, length, offset, opFlags, flags: 0 }, this.#token, Kind.file);
  }
}
