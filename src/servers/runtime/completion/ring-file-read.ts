import { addressOf } from '../../../net/sys/memory.js';
import { type FileOperation, readFileSteps } from '../../../net/sys/uring-file.js';
import { type Future, pending } from '../future.js';
import { type Completable, Kind, type Proactor } from './proactor.js';

/** A file that is being read: nobody else has to wait for a disk. */
export class RingFileRead implements Completable, Future<Uint8Array> {
  readonly #proactor: Proactor;
  readonly #token: number;
  readonly #steps;
  readonly #onEnd: (read: RingFileRead) => void;
  /** The operation under way, with the memory that the kernel has of us. */
  #underWay: FileOperation | undefined;
  #bytes: Uint8Array | undefined;
  #error: Error | undefined;

  constructor(path: string, proactor: Proactor, onEnd: (read: RingFileRead) => void) {
    this.#steps = readFileSteps(path);
    this.#proactor = proactor;
    this.#token = proactor.take(this);
    this.#onEnd = onEnd;
  }

  /** Does the first step. */
  begin(): void {
    this.#goOn(0);
  }

  completed(_kind: number, result: number): void {
    this.#goOn(result);
  }

  poll(): Uint8Array | typeof pending {
    if (this.#error !== undefined) throw this.#error;
    return this.#bytes ?? pending;
  }

  /** Ends the operation that is under way. Whatever has been opened is closed all the same. */
  cancel(): void {
    if (this.#underWay !== undefined) this.#proactor.cancel(this.#token, Kind.file);
  }

  #goOn(result: number): void {
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
    this.#onEnd(this);
  }

  #queue(operation: FileOperation): void {
    this.#underWay = operation;
    const { op, fd, memory, from = 0, length = 0, offset = 0, opFlags = 0 } = operation;
    const address = memory === undefined ? 0 : addressOf(memory) + from;
    this.#proactor.queue({ op, fd, address, length, offset, opFlags, flags: 0 }, this.#token, Kind.file);
  }
}
