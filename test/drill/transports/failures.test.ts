import assert from 'node:assert/strict';
import { it } from 'node:test';
import { systemClock } from '../../../src/core/clock.js';
import type { Failure } from '../../../src/drill/transport.js';
import { ScriptedServer, type Script } from '../../support/scripted-server.js';
import {
  answer,
  bodyOf,
  describeTransports,
  failed,
  hello,
  openTransport,
  originOf,
  outgoing,
  withServer,
} from '../../support/transports.js';

await describeTransports('requests that fail', (kind) => {
  const wrong: [name: string, script: Script, errorClass: Failure['class'], message: RegExp][] = [
    ['speaks another protocol', (socket) => void socket.write('SSH-2.0-OpenSSH\r\n\r\n'), 'protocol', /not HTTP/],
    [
      'sends two lengths',
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
      'protocol',
      /not HTTP/,
    ],
    [
      'sends a wrong chunk',
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'),
      'protocol',
      /not HTTP/,
    ],
    [
      'sends endless headers',
      (socket) => void socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}`),
      'protocol',
      /not HTTP/,
    ],
    [
      'sends a status below 100',
      (socket) => void socket.write('HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n'),
      'protocol',
      /^not HTTP: [^\n]*status[^\n]*$/,
    ],
    ['closes at once', (socket) => void socket.end(), 'reset', /closed before a response/],
    ['resets at once', (socket) => void socket.resetAndDestroy(), 'reset', /closed before a response/],
    ['closes within the head', (socket) => void socket.end('HTTP/1.1 200 OK\r\nConte'), 'reset', /closed/],
    [
      'closes within the body',
      (socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe'),
      'reset',
      /in mid-response/,
    ],
    [
      'closes between chunks',
      (socket) => void socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n'),
      'reset',
      /in mid-response/,
    ],
  ];
  for (const [name, script, errorClass, message] of wrong) {
    it(`fails the request when the server ${name}, and goes on`, async () => {
      await withServer(
        kind,
        async (socket, head, number) => (number === 0 ? script(socket, head, number) : void socket.write(hello)),
        async (ask, server) => {
          const failure = failed(await ask());
          assert.equal(failure.class, errorClass);
          assert.match(failure.message, message);
          assert.equal(bodyOf(await ask()), 'hello');
          assert.equal(server.connections, 2);
        },
      );
    });
  }

  it('fails a request that takes longer than it may, and drops its connection', async () => {
    const unfinished = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha';
    await withServer(kind, answer(unfinished, hello), async (ask, server) => {
      const sentAt = systemClock.now();
      const failure = failed(await ask({ timeoutMs: 50 }));
      assert.deepEqual([failure.class, failure.message], ['timeout', 'no response in time']);
      assert.ok(failure.doneAt - sentAt >= 49);
      assert.equal(bodyOf(await ask()), 'hello');
      assert.ok(server.connections >= 2);
    });
  });

  it('fails a request that may take no time at all', async () => {
    await withServer(
      kind,
      (socket) => void socket.write(hello),
      async (ask) => {
        assert.equal(failed(await ask({ timeoutMs: 0 })).class, 'timeout');
      },
    );
  });

  it('fails the request when nobody listens', async () => {
    const { port } = await ScriptedServer.start(() => undefined).then(async (server) => {
      const address = { port: server.port };
      await server[Symbol.asyncDispose]();
      return address;
    });
    await using transport = await openTransport(kind);
    const refused = failed(await transport.send(transport.prepare(outgoing(originOf(port)))));
    assert.deepEqual([refused.class, refused.message], ['connect', 'connection refused']);
  });
});
