import { ECANCELED, EMFILE } from '../../../net/sys/errno.js';
import { dropNewcomers } from '../../../net/sys/newcomers.js';
import { close, setNonBlocking, SOCK_CLOEXEC } from '../../../net/sys/socket.js';
import { UringOp } from '../../../net/sys/uring.js';
import { SpareDescriptors } from '../../spare-descriptors.js';
import { pending } from '../future.js';
import type { Listener } from '../io.js';
import type { Waker } from '../runtime.js';
import { type Completable, Kind, type Proactor } from './proactor.js';

/** A listening socket that blocks: an operation waits only where a plain call would. */
export class RingListener implements Listener, Completable {
  readonly #fd: number;
  readonly #proactor: Proactor;
  readonly #waker: Waker;
  readonly #token: number;
  readonly #spare = new SpareDescriptors();
  #isAccepting = false;
  #accepted: number | undefined;
  #isStopping = false;

  constructor(fd: number, proactor: Proactor, waker: Waker) {
    this.#fd = fd;
    this.#proactor = proactor;
    this.#waker = waker;
    this.#token = proactor.take(this);
  }

  completed(_kind: number, result: number): void {
    this.#isAccepting = false;
    this.#accepted = result === -ECANCELED ? undefined : result;
    this.#waker.wake();
  }

  accept(): number | typeof pending {
    const result = this.#accepted;
    this.#accepted = undefined;
    if (result !== undefined) {
      if (result >= 0) this.#spare.taken(result);
      return result;
    }
    if (this.#isAccepting) return pending;
    if (this.#isStopping) return this.#acceptWaiting();
    if (!this.#spare.areLeft) return -EMFILE;
    this.#isAccepting = true;
    const fd = this.#fd;
    const operation = { op: UringOp.accept, fd, address: 0, length: 0, offset: 0, opFlags: SOCK_CLOEXEC, flags: 0 };
    this.#proactor.queue(operation, this.#token, Kind.accept);
    return pending;
  }

  stop(): void {
    this.#isStopping = true;
    dropNewcomers(this.#fd);
    if (this.#isAccepting) this.#proactor.cancel(this.#token, Kind.accept);
  }

  close(): void {
    this.#proactor.giveBack(this.#token);
    close(this.#fd);
  }

  // An operation would wait for whoever comes next.
  #acceptWaiting(): number {
    setNonBlocking(this.#fd, true);
    return this.#spare.accept(this.#fd, false);
  }
}
