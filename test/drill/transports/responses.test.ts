import assert from 'node:assert/strict';
import { it } from 'node:test';
import { systemClock } from '../../../src/core/clock.js';
import { trickle, type Script } from '../../support/scripted-server.js';
import { answer, answered, bodyOf, describeTransports, failed, hello, withServer } from '../../support/transports.js';

/** More than anybody may keep, then what is usual. */
const tooMuchFirst: Script = (socket, _head, number) => {
  if (number > 0) return void socket.write(hello);
  socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n');
  socket.write(Buffer.alloc(64 * 1024 * 1024 + 1));
};

function wholeThenSplit(response: string, closes: boolean): Script {
  return async (socket, _head, number) => {
    if (number === 0) socket.write(response, 'latin1');
    else await trickle(socket, response);
    if (closes) socket.end();
  };
}

await describeTransports('what a server may answer', (kind) => {
  const bodies: [name: string, response: string, body: string, closes: boolean][] = [
    ['a length', hello, 'hello', false],
    ['an empty body', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', '', false],
    [
      'chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n',
      'hello',
      false,
    ],
    [
      'trailers',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: v\r\n\r\n',
      'hello',
      false,
    ],
    [
      'interim responses',
      `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${hello}`,
      'hello',
      false,
    ],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', '', false],
    ['304', 'HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n', '', false],
    ['the end of the connection', 'HTTP/1.1 200 OK\r\n\r\nhello', 'hello', true],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nhello', 'hello', true],
    ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello', 'hello', true],
  ];
  for (const [name, response, body, closes] of bodies) {
    it(`reads a response with ${name}, whole and split at every byte`, async () => {
      await withServer(kind, wholeThenSplit(response, closes), async (ask, server) => {
        for (let round = 0; round < 2; round += 1) {
          const sentAt = systemClock.now();
          const incoming = answered(await ask());
          assert.deepEqual([bodyOf(incoming), incoming.bodyBytes], [body, body.length]);
          assert.equal(incoming.status, Number(/HTTP\/1.[01] (2\d\d|304)/.exec(response)?.[1]));
          assert.ok(sentAt <= incoming.headersAt && incoming.headersAt <= incoming.doneAt);
        }
        assert.equal(server.connections, closes ? 2 : 1);
      });
    });
  }

  it('passes over a 100 Continue that it did not ask for, or says that it cannot', async () => {
    await withServer(kind, answer(`HTTP/1.1 100 Continue\r\n\r\n${hello}`), async (ask) => {
      const incoming = await ask();
      if (kind.id === 'undici') assert.match(failed(incoming).message, /takes no 100 Continue/);
      else assert.equal(bodyOf(incoming), 'hello');
    });
  });

  it('knows that a HEAD has no body', async () => {
    await withServer(kind, answer('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'), async (ask, server) => {
      for (let round = 0; round < 2; round += 1) assert.equal(answered(await ask({ method: 'HEAD' })).bodyBytes, 0);
      assert.equal(server.connections, 1);
    });
  });

  it('knows that a 304 has no body, whatever its length would be', async () => {
    const unchanged = 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n';
    await withServer(kind, answer(unchanged, hello), async (ask) => {
      const response = answered(await ask());
      assert.deepEqual([response.status, response.bodyBytes], [304, 0]);
      assert.equal(bodyOf(await ask()), 'hello');
    });
  });

  it('keeps headers and body only when asked to, and the headers of a redirect always', async () => {
    const found =
      'HTTP/1.1 302 Found\r\nLocation: /next\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 2\r\n\r\nok';
    await withServer(
      kind,
      (socket, _head, number) => void socket.write(number === 0 ? found : hello),
      async (ask) => {
        const redirect = answered(await ask({ keepHeaders: false, keepBody: false }));
        assert.equal(redirect.headers?.get('location'), '/next');
        assert.deepEqual(redirect.headers?.all('set-cookie'), ['a=1', 'b=2']);
        assert.equal(redirect.headers?.get('set-cookie'), 'b=2');
        assert.deepEqual([redirect.body, redirect.bodyBytes], [undefined, 2]);
        const plain = answered(await ask({ keepHeaders: false }));
        assert.deepEqual([plain.headers, bodyOf(plain)], [undefined, 'hello']);
        const kept = answered(await ask());
        assert.deepEqual([...(kept.headers?.entries() ?? [])], [['content-length', '5']]);
      },
    );
  });

  it('carries large bodies both ways', async () => {
    const size = 3_000_000;
    const script: Script = (socket, head) => {
      assert.match(head, new RegExp(`content-length: ${size}`));
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      socket.write(Buffer.alloc(size, 'y'));
    };
    await withServer(kind, script, async (ask, server) => {
      for (let round = 0; round < 2; round += 1) {
        const response = answered(await ask({ method: 'POST', body: Buffer.alloc(size, 'x') }));
        assert.equal(response.bodyBytes, size);
        assert.ok(Buffer.alloc(size, 'y').equals(response.body as Buffer));
      }
      assert.equal(server.connections, 1);
    });
  });

  it('keeps no body of more than 64 MiB, and goes on', async () => {
    await withServer(kind, tooMuchFirst, async (ask) => {
      const failure = failed(await ask());
      assert.deepEqual([failure.class, failure.message], ['protocol', 'not HTTP: body exceeds 67108864 bytes']);
      assert.equal(bodyOf(await ask()), 'hello');
    });
  });

  it('takes an answer that comes before the request was sent', async () => {
    const tooLarge = 'HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
    await withServer(kind, answer(tooLarge), async (ask) => {
      const early = { method: 'POST', headers: ['x-early', '1'], body: Buffer.alloc(200_000) };
      assert.equal(answered(await ask(early)).status, 413);
    });
  });
});
