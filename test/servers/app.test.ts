import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { Client } from '../../src/client/client.js';
import { everyArchitecture, skipReason, those, workers } from '../support/architectures.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { moduleWith } from '../support/module-with.js';
import { fetchOnce, RawConnection } from '../support/raw-connection.js';

describe('an application of the user', { timeout: 60_000 }, () => {
  for (const architecture of everyArchitecture) {
    const { id } = architecture;
    it(`runs unchanged on ${id}`, { skip: skipReason(architecture) }, async () => {
      await using server = await startServer({
        mode: id,
        app: resolve('examples/reaction.mjs'),
        set: ['app.steps=1000', ...workers(architecture, 1)],
      });
      const path = '/product?substrate=10&vmax=1.5&km=2&seconds=4';
      const answers: unknown[] = [];
      for (let i = 0; i < 2; i++) answers.push(JSON.parse((await fetchOnce(server.port, path)).body.toString()));
      const [{ product }] = answers as [{ product: number }];
      // ln(s0/s)·Km + (s0 − s) = Vmax·t, the integrated equation: within the error of the method.
      assert.ok(Math.abs(Math.log(10 / (10 - product)) * 2 + product - 1.5 * 4) < 1e-9, String(product));
      // Each thread has a state of its own, and `threaded` a thread for each connection.
      if (id !== 'threaded') assert.deepEqual(answers[1], { product, cached: true });
      assert.equal((await fetchOnce(server.port, '/elsewhere')).status, 404);
    });
  }

  for (const architecture of everyArchitecture) {
    const { id: mode } = architecture;
    it(
      `is framed as the request came, whatever it writes to that, on ${mode}`,
      { skip: skipReason(architecture) },
      async () => {
        await using server = await startServer({
          mode,
          app: moduleWith(
            'writing-to-requests',
            `export default () => ({
               handle(request) {
                 request.method = request.method === 'HEAD' ? 'GET' : 'HEAD';
                 request.httpMinor = 0;
                 return { status: 200, headers: { 'X-A': '\u00e9' }, body: 'eight' };
               },
             });`,
          ),
          set: workers(architecture, 1),
        });
        for (const [method, body] of [
          ['HEAD', ''],
          ['GET', 'eight'],
        ] as const) {
          using connection = await RawConnection.open(server.port);
          await connection.send(`${method} / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`);
          const answer = (await connection.end()).toString('latin1');
          assert.match(answer, /\r\nX-A: \u00e9\r\n/, 'as Latin-1, as it was given');
          assert.match(answer, /\r\nContent-Length: 5\r\n/);
          assert.equal(answer.slice(answer.indexOf('\r\n\r\n') + 4), body);
        }
      },
    );
  }

  for (const architecture of those('reactor', 'event-loop', 'node-http')) {
    const { id: mode } = architecture;
    it(`may use the bytes of an answer again at once, on ${mode}`, { skip: skipReason(architecture) }, async () => {
      await using server = await startServer({
        mode,
        app: moduleWith(
          'using-bytes-again',
          `export default () => {
             const bytes = Buffer.alloc(8e6, 'a');
             return {
               handle({ path }) {
                 if (path === '/a') return { status: 200, body: bytes };
                 bytes.fill('b');
                 return { status: 200 };
               },
             };
           };`,
        ),
      });
      using slow = await RawConnection.open(server.port);
      slow.socket.pause();
      await slow.send('GET /a HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n');
      await eventually('it is answered', async () => (await server.stats()).requests === 1);
      await fetchOnce(server.port, '/b');
      slow.socket.resume();
      const { body } = await slow.response();
      assert.deepEqual([body.length, body.indexOf('b')], [8e6, -1]);
    });
  }

  for (const architecture of everyArchitecture) {
    const { id: mode } = architecture;
    it(
      `sees the same request, and is heard in the same way, on ${mode}`,
      { skip: skipReason(architecture) },
      async () => {
        await using server = await startServer({
          mode,
          app: moduleWith(
            'seeing',
            `export default () => ({
             handle(request) {
               const { method, target, path, query, httpMinor, keepAlive, headers, body } = request;
               const isOne = headers === request.headers;
               const seen = [method, target, path, query, httpMinor, keepAlive, headers.get('x-a'), body.length, isOne];
               return { status: 200, headers: { 'Set-Cookie': ['a=1', 'b=2'] }, body: JSON.stringify(seen) };
             },
           });`,
          ),
          set: workers(architecture, 1),
        });
        const rows: [request: string, seen: unknown[]][] = [
          [
            'GET /a?b HTTP/1.1\r\nHost: test\r\nX-A:  one \r\nx-a: two\r\n',
            ['GET', '/a?b', '/a', 'b', 1, true, 'two', 0, true],
          ],
          ['GET / HTTP/1.1\r\nHost: test\r\nConnection: x, Close\r\n', ['GET', '/', '/', '', 1, false, null, 0, true]],
          ['GET / HTTP/1.0\r\n', ['GET', '/', '/', '', 0, false, null, 0, true]],
          ['GET / HTTP/1.0\r\nConnection: keep-alive\r\n', ['GET', '/', '/', '', 0, true, null, 0, true]],
        ];
        for (const [request, seen] of rows) {
          using connection = await RawConnection.open(server.port);
          await connection.send(`${request}\r\n`);
          const { headers, body } = await connection.response();
          assert.deepEqual(JSON.parse(body.toString()), seen, request);
          assert.deepEqual(headers.get('set-cookie'), 'a=1, b=2');
        }
      },
    );
  }

  it('may be an iterator of its own making, which has no more than next()', async () => {
    const log: string[] = [];
    await using server = await startServer({
      mode: 'event-loop',
      log: (_level, message) => log.push(message.split('\n')[0] ?? ''),
      app: moduleWith(
        'iterating',
        `export default () => ({
           handle: ({ path }) => ({
             asked: 0,
             next() {
               this.asked += 1;
               const done = this.asked === 2;
               return { done, value: done ? { status: 202 } : { kind: 'readFile', path } };
             },
           }),
         });`,
      ),
    });
    assert.equal((await fetchOnce(server.port, '/dev/null')).status, 202);
    assert.equal((await fetchOnce(server.port, '/no/such/file')).status, 500);
    assert.match(log.join('\n'), /^GET \/no\/such\/file: ENOENT: [^\n]*$/);
  });

  for (const protocol of ['http', 'frames'])
    it(`cannot change the headers of the next request, over ${protocol}`, async () => {
      await using server = await startServer({
        mode: 'event-loop',
        protocol,
        app: moduleWith(
          `changing-${protocol}`,
          `export default () => ({
             handle({ headers, body }) {
               const seen = JSON.stringify([[...headers.entries()], headers.user, body.user]);
               for (const change of [
                 () => headers.entries().push(['evil', 'yes']),
                 () => headers.entries().forEach((entry) => (entry[1] = 'evil')),
                 () => (headers.user = 'me'),
                 () => (body.user = 'me'),
               ]) {
                 try { change(); } catch {}
               }
               return { status: 200, body: seen };
             },
           });`,
        ),
      });
      await using client = new Client({ port: server.port });
      const ask = async (): Promise<unknown> =>
        protocol === 'http' ? (await fetchOnce(server.port, '/')).body.toString() : (await client.call('/')).body;
      const seen: unknown[] = [];
      // A request that comes again is known from the second time on.
      for (let i = 0; i < 4; i++) seen.push(await ask());
      assert.deepEqual(new Set(seen), new Set([seen[0]]));
    });

  it('cannot change the limits of the server that it is told', async () => {
    await using server = await startServer({
      mode: 'event-loop',
      app: moduleWith(
        'changing-limits',
        `export default () => ({
           *handle() {
             const { limits } = yield { kind: 'stats' };
             try { limits.maxConnections = 0; } catch {}
             return { status: 200 };
           },
         });`,
      ),
    });
    for (let i = 0; i < 2; i++) assert.equal((await fetchOnce(server.port, '/')).status, 200);
  });

  it('may lie anywhere: what it imports of archbench is that which runs', async () => {
    const app = moduleWith(
      'elsewhere',
      `import { cpu } from 'archbench/app';
       import { Client } from 'archbench/client';
       export default () => ({
         *handle() {
           return { status: 200, body: yield* cpu(() => Client.name) };
         },
       });`,
    );
    for (const mode of ['event-loop', 'pooled', 'cluster']) {
      await using server = await startServer({ mode, app });
      assert.equal((await fetchOnce(server.port, '/')).body.toString(), 'Client', mode);
    }
  });
});
