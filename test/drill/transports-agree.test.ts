import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/core/clock.js';
import { transports, type Incoming, type Outgoing, type Transport } from '../../src/drill/transport.js';
import { ScriptedServer, type Script } from '../support/scripted-server.js';

// What servers do at the edge of HTTP, and what every transport makes of it: a plan must not end differently behind TLS.

const needs = { tls: false, http2: false, proxy: false, unixSocket: false };
const options = { clock: systemClock, verifyCertificates: false, http2: false, unixSocket: undefined, env: {} };

function outgoing(port: number, scheme: 'http' | 'https', timeoutMs: number): Outgoing {
  const host = `127.0.0.1:${port}`;
  const origin = { key: `${scheme}://${host}`, scheme, hostname: '127.0.0.1', port, host };
  return {
    origin,
    method: 'GET',
    path: '/',
    headers: [],
    body: undefined,
    timeoutMs,
    keepHeaders: true,
    keepBody: true,
  };
}

function send(transport: Transport, request: Outgoing): Promise<Incoming> {
  return transport.send(transport.prepare(request));
}

function answer(text: string): Script {
  return (socket) => void socket.write(text);
}

const tearOff: Script = (socket) =>
  void socket.write('HTTP/1.1 200 OK\r\n\r\nhel', () => setImmediate(() => socket.resetAndDestroy()));

for (const kind of await transports.all()) {
  describe(`transport ${kind.id}`, { skip: kind.unsupported(needs) ?? false }, () => {
    const longHead = `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(30_000)}\r\nContent-Length: 2\r\n\r\nok`;
    const padded = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0000000000002\r\nok\r\n0\r\n\r\n';
    const rows: [name: string, response: string, status: number, body: string][] = [
      ['a 204 that names a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', 204, ''],
      ['a head of 30 000 bytes', longHead, 200, 'ok'],
      ['a chunk size with zeros in front', padded, 200, 'ok'],
    ];
    for (const [name, response, status, body] of rows) {
      it(`reads ${name}`, async () => {
        await using server = await ScriptedServer.start(answer(response));
        await using transport = await kind.open(options);
        const incoming = await send(transport, outgoing(server.port, 'http', 20_000));
        assert.ok(incoming.kind === 'response', incoming.kind === 'failure' ? incoming.message : '');
        assert.deepEqual([incoming.status, Buffer.from(incoming.body ?? []).toString()], [status, body]);
      });
    }

    // undici takes what came before a reset for the whole; nobody can tell it otherwise.
    it('knows a body that was torn off from one that ended', { skip: kind.id === 'undici' }, async () => {
      await using server = await ScriptedServer.start(tearOff);
      await using transport = await kind.open(options);
      const incoming = await send(transport, outgoing(server.port, 'http', 20_000));
      assert.equal(incoming.kind === 'failure' && incoming.class, 'reset');
    });
  });
}

describe('transport undici', () => {
  it('gives up connections that are never established', async () => {
    const accepted: Socket[] = [];
    // Takes connections, and never answers a handshake.
    const server = createServer((socket) => void accepted.push(socket.on('error', () => undefined).resume()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const undici = await transports.load('undici');
    const transport = await undici.open(options);
    const incoming = await send(transport, outgoing(port, 'https', 50));
    assert.equal(incoming.kind === 'failure' && incoming.class, 'timeout');
    await transport[Symbol.asyncDispose]();
    // Resolves only when our side of every connection is closed.
    for (const socket of accepted) if (!socket.closed) await once(socket, 'close');
    server.close();
    assert.equal(accepted.length, 1);
  });
});
