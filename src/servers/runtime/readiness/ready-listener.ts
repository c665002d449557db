import { EAGAIN } from '../../../net/sys/errno.js';
import { dropNewcomers } from '../../../net/sys/newcomers.js';
import { close, setNonBlocking } from '../../../net/sys/socket.js';
import { SpareDescriptors } from '../../spare-descriptors.js';
import { pending } from '../future.js';
import type { Listener } from '../io.js';
import type { Waker } from '../runtime.js';
import type { Selector, Source } from './selector.js';

/** A listening socket that does not block. */
export class ReadyListener implements Listener, Source {
  readonly fd: number;
  wantsRead = false;
  readonly wantsWrite = false;
  readonly #selector: Selector;
  readonly #waker: Waker;
  readonly #spare = new SpareDescriptors();
  #isStopping = false;

  constructor(fd: number, selector: Selector, waker: Waker) {
    this.fd = fd;
    this.#selector = selector;
    this.#waker = waker;
    setNonBlocking(fd, true);
    selector.add(this);
  }

  onReady(): void {
    if (this.wantsRead) this.#waker.wake();
  }

  accept(): number | typeof pending {
    const fd = this.#spare.accept(this.fd, true);
    this.wantsRead = fd === -EAGAIN && !this.#isStopping;
    return this.wantsRead ? pending : fd;
  }

  stop(): void {
    this.#isStopping = true;
    dropNewcomers(this.fd);
  }

  close(): void {
    this.#selector.remove(this);
    close(this.fd);
  }
}
