import { tcpAddress } from '../../src/net/sys/address.js';
import { close, connect, openSocket, sendAll } from '../../src/net/sys/socket.js';

/**
 * Clients that have connected and sent `bytes`, by calls that block: no callback of this process has run meanwhile, so
 * whoever accepts on its event loop has accepted none of them. Gives what hangs up.
 */
export function queueUp(port: number, clients: number, bytes: Uint8Array): Disposable {
  const address = tcpAddress('127.0.0.1', port);
  const descriptors = Array.from({ length: clients }, () => {
    const fd = openSocket(address.family, false);
    connect(fd, address);
    sendAll(fd, bytes);
    return fd;
  });
  return {
    [Symbol.dispose]: () => {
      for (const fd of descriptors) close(fd);
    },
  };
}
