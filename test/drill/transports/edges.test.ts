import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { transports } from '../../../src/drill/transport.js';
import type { Script } from '../../support/scripted-server.js';
import {
  answer,
  answered,
  bodyOf,
  describeTransports,
  failed,
  openTransport,
  originOf,
  outgoing,
  withServer,
} from '../../support/transports.js';

// What servers do at the edge of HTTP, and what every transport makes of it: a plan must not end differently behind TLS.

const tearOff: Script = (socket) =>
  void socket.write('HTTP/1.1 200 OK\r\n\r\nhel', () => setImmediate(() => socket.resetAndDestroy()));

await describeTransports('the edge of HTTP', (kind) => {
  const longHead = `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(30_000)}\r\nContent-Length: 2\r\n\r\nok`;
  const padded = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0000000000002\r\nok\r\n0\r\n\r\n';
  const rows: [name: string, response: string, status: number, body: string][] = [
    ['a 204 that names a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', 204, ''],
    ['a head of 30 000 bytes', longHead, 200, 'ok'],
    ['a chunk size with zeros in front', padded, 200, 'ok'],
  ];
  for (const [name, response, status, body] of rows) {
    it(`reads ${name}`, async () => {
      await withServer(kind, answer(response), async (ask) => {
        const incoming = answered(await ask());
        assert.deepEqual([incoming.status, bodyOf(incoming)], [status, body]);
      });
    });
  }

  const skip =
    kind.id === 'undici' && 'undici takes what came before a reset for the whole, and cannot be told otherwise';
  it('knows a body that was torn off from one that ended', { skip }, async () => {
    await withServer(kind, tearOff, async (ask) => {
      assert.equal(failed(await ask()).class, 'reset');
    });
  });
});

describe('transport undici', () => {
  it('gives up connections that are never established', async () => {
    const accepted: Socket[] = [];
    // Takes connections, and never answers a handshake.
    const server = createServer((socket) => void accepted.push(socket.on('error', () => undefined).resume()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const undici = await transports.load('undici');
    const transport = await openTransport(undici);
    const prepared = transport.prepare(outgoing(originOf(port, '127.0.0.1', 'https'), { timeoutMs: 50 }));
    assert.equal(failed(await transport.send(prepared)).class, 'timeout');
    await transport[Symbol.asyncDispose]();
    // Resolves only when our side of every connection is closed.
    for (const socket of accepted) if (!socket.closed) await once(socket, 'close');
    server.close();
    assert.equal(accepted.length, 1);
  });
});
