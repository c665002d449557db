import type { Socket } from 'node:net';

/**
 * Sockets of one thread whose answers leave together: those that jobs give in one turn of Node's loop share a system
 * call. They are let go when the turn ends, when their connection waits, or before the thread computes: no answer that
 * is made waits for that.
 */
export class HeldBack {
  readonly #sockets = new Set<Socket>();
  #isTurnAwaited = false;

  hold(socket: Socket): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    socket.cork();
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    setImmediate(() => {
      this.#isTurnAwaited = false;
      this.letAllGo();
    });
  }

  holds(socket: Socket): boolean {
    return this.#sockets.has(socket);
  }

  letGo(socket: Socket): void {
    if (this.#sockets.delete(socket)) socket.uncork();
  }

  letAllGo(): void {
    for (const socket of this.#sockets) socket.uncork();
    this.#sockets.clear();
  }
}
