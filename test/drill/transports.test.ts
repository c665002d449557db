import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/core/clock.js';
import {
  transports,
  type Failure,
  type Incoming,
  type Origin,
  type Outgoing,
  type Response,
  type Transport,
  type TransportKind,
  type TransportOptions,
} from '../../src/drill/transport.js';
import { ScriptedServer, trickle, type Script } from '../support/scripted-server.js';

const plainNeeds = { tls: false, http2: false, proxy: false, unixSocket: false };

function originOf(port: number, hostname = '127.0.0.1'): Origin {
  const host = hostname.includes(':') ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  return { key: `http://${host}`, scheme: 'http', hostname, port, host };
}

function outgoing(origin: Origin, changes: Partial<Outgoing> = {}): Outgoing {
  return {
    origin,
    method: 'GET',
    path: '/',
    headers: [],
    body: undefined,
    timeoutMs: 20_000,
    keepHeaders: true,
    keepBody: true,
    ...changes,
  };
}

/** A transport and a server, for one examination. */
async function withServer(
  kind: TransportKind,
  script: Script,
  examine: (
    ask: (changes?: Partial<Outgoing>) => Promise<Incoming>,
    server: ScriptedServer,
    transport: Transport,
  ) => Promise<void>,
): Promise<void> {
  await using server = await ScriptedServer.start(script);
  await using transport = await open(kind);
  const origin = originOf(server.port);
  await examine((changes) => transport.send(transport.prepare(outgoing(origin, changes))), server, transport);
}

function open(kind: TransportKind, options: Partial<TransportOptions> = {}): Promise<Transport> {
  const plain = { clock: systemClock, verifyCertificates: true, http2: false, unixSocket: undefined, env: {} };
  return kind.open({ ...plain, ...options });
}

function answered(incoming: Incoming): Response {
  assert.ok(incoming.kind === 'response', incoming.kind === 'failure' ? incoming.message : '');
  return incoming;
}

function failed(incoming: Incoming): Failure {
  assert.ok(incoming.kind === 'failure');
  return incoming;
}

function text(response: Response): string {
  return Buffer.from(response.body ?? []).toString('latin1');
}

const hello = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

/** Answers the first request with the first text, and so on; the last one again and again. */
function answer(...responses: readonly string[]): Script {
  return (socket, _head, number) => void socket.write(responses[number] ?? responses.at(-1) ?? '');
}

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

for (const kind of await transports.all()) {
  const reason = kind.unsupported(plainNeeds);
  describe(`transport ${kind.id}`, { skip: reason ?? false }, () => {
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
            assert.deepEqual([text(incoming), incoming.bodyBytes], [body, body.length]);
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
        else assert.equal(text(answered(incoming)), 'hello');
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
        assert.equal(text(answered(await ask())), 'hello');
      });
    });

    it('sends exactly what it was given, framing added', async () => {
      const heads: string[] = [];
      const script: Script = (socket, head) => {
        heads.push(head);
        socket.write(hello);
      };
      await withServer(kind, script, async (ask, server) => {
        await ask({ path: '/a?b=c', headers: ['x-one', '1', 'accept', '*/*'] });
        await ask({ method: 'POST', body: Buffer.from('body') });
        await ask({ method: 'PUT' });
        await ask({ method: 'DELETE', headers: ['host', 'other'] });
        const host = `host: 127.0.0.1:${server.port}`;
        const lines = heads.map((head) =>
          head
            .toLowerCase()
            .split('\r\n')
            .filter((line) => !line.startsWith('connection')),
        );
        assert.deepEqual(lines, [
          ['get /a?b=c http/1.1', host, 'x-one: 1', 'accept: */*'],
          ['post / http/1.1', host, 'content-length: 4'],
          ['put / http/1.1', host, 'content-length: 0'],
          ['delete / http/1.1', 'host: other'],
        ]);
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
          assert.deepEqual([plain.headers, text(plain)], [undefined, 'hello']);
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
        assert.equal(text(answered(await ask())), 'hello');
      });
    });

    it('has as many connections as requests at once, and reuses them', async () => {
      const waiting: (() => void)[] = [];
      const script: Script = (socket) => {
        waiting.push(() => socket.write(hello));
        if (waiting.length === 100) for (const respond of waiting.splice(0)) respond();
      };
      await withServer(kind, script, async (ask, server, transport) => {
        for (let round = 0; round < 3; round += 1) {
          const all = await Promise.all(Array.from({ length: 100 }, () => ask()));
          assert.ok(all.every((incoming) => answered(incoming).status === 200));
        }
        assert.equal(server.connections, 100);
        assert.deepEqual(transport.counters(), { connectionsOpened: 100, retries: 0 });
      });
    });

    it('has no more connections than it may, and lets the others wait', async () => {
      await using server = await ScriptedServer.start(answer(hello));
      await using transport = await open(kind, { maxConnections: 3 });
      const prepared = transport.prepare(outgoing(originOf(server.port)));
      const all = await Promise.all(Array.from({ length: 50 }, () => transport.send(prepared)));
      assert.ok(all.every((incoming) => text(answered(incoming)) === 'hello'));
      assert.equal(server.connections, 3);
    });

    it("gives a closed connection's place to who waits for it", async () => {
      await using server = await ScriptedServer.start(
        (socket) => void socket.end(hello.replace('OK', 'OK\r\nConnection: close')),
      );
      await using transport = await open(kind, { maxConnections: 2 });
      const prepared = transport.prepare(outgoing(originOf(server.port)));
      const all = await Promise.all(Array.from({ length: 10 }, () => transport.send(prepared)));
      assert.ok(all.every((incoming) => text(answered(incoming)) === 'hello'));
      assert.equal(server.connections, 10);
    });

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
            assert.equal(text(answered(await ask())), 'hello');
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
        assert.equal(text(answered(await ask())), 'hello');
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
      await using transport = await open(kind);
      const refused = failed(await transport.send(transport.prepare(outgoing(originOf(port)))));
      assert.deepEqual([refused.class, refused.message], ['connect', 'connection refused']);
    });

    it('does not use a connection again that the server has closed meanwhile', async () => {
      const closed: Promise<unknown>[] = [];
      const script: Script = (socket) => {
        closed.push(once(socket, 'finish'));
        socket.end(hello);
      };
      await withServer(kind, script, async (ask, server) => {
        for (let round = 0; round < 3; round += 1) {
          assert.equal(text(answered(await ask())), 'hello');
          await Promise.all(closed);
        }
        assert.equal(server.connections, 3);
      });
    });

    it('takes an answer that comes before the request was sent', async () => {
      const tooLarge = 'HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
      await withServer(kind, answer(tooLarge), async (ask) => {
        const early = { method: 'POST', headers: ['x-early', '1'], body: Buffer.alloc(200_000) };
        assert.equal(answered(await ask(early)).status, 413);
      });
    });

    it('goes over IPv6 and to names', async () => {
      for (const hostname of ['::1', 'localhost']) {
        const host = hostname === 'localhost' ? '127.0.0.1' : hostname;
        await using server = await ScriptedServer.start((socket) => void socket.write(hello), { host });
        await using transport = await open(kind);
        const prepared = transport.prepare(outgoing(originOf(server.port, hostname)));
        await transport.ready?.();
        assert.equal(text(answered(await transport.send(prepared))), 'hello');
      }
    });

    it('goes over a Unix socket whatever the URL says', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'archbench-unix-'));
      const path = join(folder, 's');
      const heads: string[] = [];
      {
        await using _server = await ScriptedServer.start(
          (socket, head) => {
            heads.push(head);
            socket.write(hello);
          },
          { path },
        );
        await using transport = await open(kind, { unixSocket: path });
        const prepared = transport.prepare(outgoing(originOf(8080, 'example.invalid'), { path: '/x' }));
        assert.equal(text(answered(await transport.send(prepared))), 'hello');
        assert.match(heads[0] ?? '', /^GET \/x HTTP\/1.1\r\nhost: example.invalid:8080/i);
      }
      rmSync(folder, { recursive: true });
    });

    it('settles what is in flight when it is disposed of', async () => {
      await withServer(
        kind,
        () => undefined,
        async (ask, server, transport) => {
          const pending = [ask(), ask()];
          while (server.connections < 2) await new Promise(setImmediate);
          await transport[Symbol.asyncDispose]();
          await transport[Symbol.asyncDispose]();
          for (const incoming of await Promise.all(pending)) assert.equal(failed(incoming).class, 'aborted');
          await server.abandoned();
        },
      );
    });
  });
}
