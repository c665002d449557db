import { tcpAddress } from '../../src/net/sys/address.js';
import { close, connect, openSocket, sendAll } from '../../src/net/sys/socket.js';

/**
 * A client that has connected and sent `bytes`, by calls that block: no callback of this process has run meanwhile, so
 * whoever accepts on its event loop has not accepted it.
 */
export function connectBlocking(port: number, bytes: Uint8Array): number {
  const address = tcpAddress('127.0.0.1', port);
  const fd = openSocket(address.family, false);
  connect(fd, address);
  sendAll(fd, bytes);
  return fd;
}

/** Clients that wait in the accept queue. Disposing of it hangs up. */
export function queueUp(port: number, clients: number, bytes: Uint8Array): Disposable {
  const descriptors = Array.from({ length: clients }, () => connectBlocking(port, bytes));
  return {
    [Symbol.dispose]: () => {
      for (const fd of descriptors) close(fd);
    },
  };
}
