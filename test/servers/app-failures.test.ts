import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Client } from '../../src/client/client.js';
import { startServerProcess } from '../../src/servers/server-process.js';
import { skipReason, those } from '../support/architectures.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { moduleWith } from '../support/module-with.js';
import { fetchOnce } from '../support/raw-connection.js';

describe('an application of the user that does something wrong', { timeout: 60_000 }, () => {
  it('costs a 500 and a line in the log when it fails, not the thread', async () => {
    const log: string[] = [];
    await using server = await startServer({
      mode: 'reactor',
      app: moduleWith(
        'failing',
        `import { setTimeout } from 'node:timers';
         export default () => ({
           *handle({ path }) {
             if (path === '/throw') throw new Error('on purpose');
             if (path === '/file') { yield { kind: 'readFile', path: '/no/such/file' }; }
             if (path === '/caught') {
               try { yield { kind: 'readFile', path: '/no/such/file' }; } catch (error) { return { status: 200, body: error.code }; }
             }
             if (path === '/nothing') return undefined;
             return { status: 200, body: 'fine' };
           },
         });`,
      ),
      log: (level, message) => log.push(`${level}: ${message}`),
    });
    const statuses: number[] = [];
    for (const path of ['/throw', '/file', '/nothing', '/caught', '/'])
      statuses.push((await fetchOnce(server.port, path)).status);
    assert.deepEqual(statuses, [500, 500, 500, 200, 200]);
    assert.equal((await fetchOnce(server.port, '/caught')).body.toString(), 'ENOENT');
    const thrown = log.find((entry) => entry.includes('on purpose')) ?? '';
    // The lines of the application, and none of those that have called it.
    assert.match(thrown, /^error: GET \/throw: Error: on purpose\n +at .*failing\.mjs:4:\d+\)?$/);
  });

  for (const architecture of those('single', 'reactor', 'event-loop', 'pooled', 'node-http')) {
    const { id: mode } = architecture;
    const skip = skipReason(architecture);
    it(`answers 500 and says why where its effects or answers are none, on ${mode}`, { skip }, async () => {
      const log: string[] = [];
      await using server = await startServer({
        mode,
        app: moduleWith(
          'mistaken',
          `const answers = {
             '/body': { status: 200, body: 5 },
             '/status': { status: 1e9 },
             '/headers': { status: 200, headers: null },
             '/injected': { status: 200, headers: { 'X-A': 'a\\r\\nX-Evil: 1' } },
             '/emoji': { status: 200, headers: { 'X-A': '\u{1f600}' } },
             '/framing': { status: 200, headers: { 'Transfer-Encoding': 'chunked' } },
           };
           const effects = {
             '/promise': Promise.resolve(1),
             '/null': null,
             '/unknown': { kind: 'nope' },
             '/nan': { kind: 'sleep', ms: NaN },
           };
           export default () => ({
             *handle({ path }) {
               if (path in answers) return answers[path];
               if (path in effects) yield effects[path];
               try {
                 yield { kind: 'cpu', task: () => { throw new Error('in a task'); } };
               } catch (error) {
                 return { status: 418, body: error.message };
               }
             },
           });`,
        ),
        log: (_level, message) => log.push(message.split('\n')[0] ?? ''),
      });
      const rows: [path: string, said: RegExp][] = [
        ['/body', /the body of a response must be a text or bytes/],
        ['/status', /the status .* from 200 to 599, found 1000000000/],
        ['/headers', /the headers of a response must be an object .*, found null/],
        ['/injected', /the header X-A must be a text of visible Latin-1/],
        ['/emoji', /the header X-A must be a text of visible Latin-1/],
        ['/framing', /the header Transfer-Encoding is the server's to set/],
        ['/promise', /found a promise \(yield effects instead of awaiting\)/],
        ['/null', /a handler may yield sleep, cpu, readFile and stats, found null/],
        ['/unknown', /a handler may yield sleep, cpu, readFile and stats, found \{ kind: 'nope' \}$/],
        ['/nan', /sleep expects a number of milliseconds, up to \d+, found NaN$/],
      ];
      for (const [path, said] of rows) {
        const { status } = await fetchOnce(server.port, path);
        assert.equal(status, 500, path);
        await eventually(`a line about ${path}`, async () => log.some((line) => line.includes(path)));
        assert.match(log.find((line) => line.includes(path)) ?? '', said);
      }
      const thrown = await fetchOnce(server.port, '/');
      assert.deepEqual([thrown.status, thrown.body.toString()], [418, 'in a task']);
    });
  }

  for (const architecture of those('single', 'reactor', 'event-loop', 'node-http')) {
    const { id: mode } = architecture;
    const skip = skipReason(architecture);
    it(`answers whatever is thrown, and what it has looked at, on ${mode}`, { skip }, async () => {
      const log: string[] = [];
      await using server = await startServer({
        mode,
        app: moduleWith(
          'odd',
          `const hostile = { getPrototypeOf() { throw 1; }, get() { throw 2; }, has() { throw 3; } };
           const changing = (object, key, first, then) => {
             let asked = 0;
             return Object.defineProperty(object, key, { get: () => (asked++ === 0 ? first : then), enumerable: true });
           };
           const answers = {
             '/null': () => { throw Object.create(null); },
             '/proxy': () => { throw new Proxy({}, hostile); },
             '/hostile': () => new Proxy({}, hostile),
             '/trailer': () => ({ status: 200, headers: { Trailer: 'x' } }),
             '/body': () => changing({ status: 200 }, 'body', 'first', 5),
             '/status': () => changing({ body: 'first' }, 'status', 200, '200 OK\\r\\nX-Evil: 1'),
             '/header': () => ({
               status: 200,
               headers: changing({}, 'X-A', 'a', 'a\\r\\nX-Evil: 1'),
               body: 'first',
             }),
           };
           export default () => ({ handle: ({ path }) => answers[path]() });`,
        ),
        log: (_level, message) => log.push(message),
      });
      for (const path of ['/null', '/proxy', '/hostile', '/trailer']) {
        assert.equal((await fetchOnce(server.port, path)).status, 500, path);
        await eventually(`a line about ${path}`, () => log.some((line) => line.startsWith(`GET ${path}: `)));
      }
      for (const path of ['/body', '/status', '/header']) {
        const { status, headers, body } = await fetchOnce(server.port, path);
        assert.deepEqual([status, headers.get('x-evil'), body.toString()], [200, undefined, 'first'], path);
      }
    });

    it(
      `answers 500 where its handler is an async generator, on ${mode}`,
      { skip: skipReason(architecture) },
      async () => {
        const log: string[] = [];
        await using server = await startServer({
          mode,
          app: moduleWith('awaiting', `export default () => ({ async *handle() { return { status: 200 }; } });`),
          log: (_level, message) => log.push(message),
        });
        assert.equal((await fetchOnce(server.port, '/')).status, 500);
        await eventually('it is said why', () => log.length > 0);
        assert.match(log.join(), /found an async generator \(yield effects instead of awaiting\)/);
      },
    );
  }

  it('answers 500 where a frame cannot carry its answer', async () => {
    const log: string[] = [];
    await using server = await startServer({
      mode: 'event-loop',
      protocol: 'frames',
      app: moduleWith(
        'unframed',
        `export default () => ({
           handle: ({ path }) => {
             if (path === '/bytes') return { status: 200, body: Buffer.from([0xff]) };
             const body = path === '/deep' ? '['.repeat(500) + ']'.repeat(500) : '{nope';
             return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
           },
         });`,
      ),
      log: (_level, message) => log.push(message),
    });
    await using client = new Client({ port: server.port });
    const replies = await Promise.all(['/deep', '/a', '/bytes'].map((path) => client.call(path)));
    assert.deepEqual(
      replies.map(({ status }) => status),
      [500, 500, 200],
    );
    assert.deepEqual(replies[2]?.body, Buffer.from([0xff]));
    assert.match(log[0] ?? '', /^GET \/deep: no frame can carry its answer: a frame nests deeper than 500$/);
    assert.match(log[1] ?? '', /^GET \/a: no frame can carry its answer: .*JSON[^\n]*$/);
  });

  it('fills no log by failing', async () => {
    const log: string[] = [];
    await using server = await startServer({
      mode: 'event-loop',
      app: moduleWith('always', `export default () => ({ handle: () => { throw new Error('always'); } });`),
      log: (_level, message) => log.push(message.split('\n')[0] ?? ''),
    });
    const untilTold = 'GET /last: Error: always';
    await Promise.all(Array.from({ length: 200 }, (_, i) => fetchOnce(server.port, `/${i}`)));
    assert.ok(log.length < 200, `${log.length} lines`);
    await eventually('the next second tells what was not told', async () => {
      await fetchOnce(server.port, '/last');
      return log.includes(untilTold) && log.some((line) => /^\d+ more (requests have|request has) failed$/.test(line));
    });
  });

  for (const architecture of those('reactor', 'pooled')) {
    const { id: mode } = architecture;
    it(`ends the server with a sentence where it exits, on ${mode}`, { skip: skipReason(architecture) }, async () => {
      await using server = await startServerProcess({
        mode,
        set: ['workers=1'],
        app: moduleWith('exiting', 'export default () => ({ handle: () => process.exit(3) });'),
      });
      const answer = assert.rejects(fetchOnce(server.port, '/'));
      const { message } = (await server.ended) as Error;
      assert.equal(message, "the server's thread 'worker' has ended (exit code 3): does the application exit?");
      await answer;
    });
  }

  it('says in one sentence why it is none', async () => {
    const rows: [name: string, text: string, message: RegExp][] = [
      ['syntax', 'export default (', /syntax\.mjs does not load: /],
      ['none', 'export const a = 1;', /the default export must be a function createApp\(settings\), found undefined/],
      ['throws', 'export default () => { throw new Error("no data"); };', /createApp failed: no data/],
      ['empty', 'export default () => ({});', /createApp must return \{ handle\(request\) \}, found an object/],
      ['async', 'export default async () => ({});', /found a promise: the module may await at its top/],
    ];
    for (const [name, text, message] of rows)
      await assert.rejects(startServer({ mode: 'event-loop', app: moduleWith(name, text) }), {
        name: 'UserError',
        message,
      });
    const misspelt = moduleWith('misspelt', "import { cpuu } from 'archbench/app'; export default cpuu;");
    await assert.rejects(startServer({ mode: 'event-loop', app: misspelt }), {
      message: /does not provide an export named 'cpuu'$/,
      hint: 'archbench/app exports cpu, readFile, sleep, stats',
    });
    await assert.rejects(startServer({ mode: 'event-loop', app: '/no/such/file.mjs' }), {
      message: '--app /no/such/file.mjs: there is no such file',
    });
    await assert.rejects(startServer({ mode: 'event-loop', set: ['app.x=1'] }), /it needs --app FILE/);
  });
});
