import { Socket } from 'node:net';
import { close } from '../../../net/sys/socket.js';
import type { Service } from '../../service.js';
import { LoopConnections } from './connections.js';

/**
 * Tells connections that they are one too many, on Node's event loop: that takes no thread for each, and a peer that
 * does not read its answer keeps nobody waiting.
 */
export class LoopRefusals {
  readonly #service: Service;
  readonly #connections: LoopConnections;
  readonly #onEnd: () => void;

  /** @param onEnd called once for each that is over */
  constructor(service: Service, onEnd: () => void) {
    this.#service = service;
    this.#onEnd = onEnd;
    this.#connections = new LoopConnections({
      ...service,
      openConnection: () => {
        service.row.rejected();
        return service.protocol.refuse(service);
      },
      connectionClosed: onEnd,
    });
  }

  /** @param fd a connected socket, which is its from now on */
  refuse(fd: number): void {
    if (this.#service.phase.current === 'aborting') {
      close(fd);
      this.#onEnd();
    } else this.#connections.serve(new Socket({ fd, allowHalfOpen: true }));
  }

  /** Refuse no more after it. */
  drain(): Promise<void> {
    return this.#connections.drain();
  }

  abort(): void {
    this.#connections.abort();
  }
}
