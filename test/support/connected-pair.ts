import assert from 'node:assert/strict';
import { tcpAddress } from '../../src/net/sys/address.js';
import { accept, close, connect, listenTcp, localPort, openSocket } from '../../src/net/sys/socket.js';

/** Both ends of a connection on this machine, blocking. */
export function connectedPair(host = '127.0.0.1'): { client: number; server: number; end: () => void } {
  const listener = listenTcp({ host, port: 0 });
  const address = tcpAddress(host, localPort(listener));
  const client = openSocket(address.family, false);
  assert.equal(connect(client, address), 0);
  const server = accept(listener, false);
  close(listener);
  return { client, server, end: () => [client, server].forEach(close) };
}
