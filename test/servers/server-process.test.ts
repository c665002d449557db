import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { startServerProcess } from '../../src/servers/server-process.js';
import { everyArchitecture, skipReason, workers } from '../support/architectures.js';
import { eventually } from '../support/eventually.js';
import { moduleWith, temporaryFile } from '../support/module-with.js';
import { fetchOnce, get, RawConnection } from '../support/raw-connection.js';

describe('a server process', { timeout: 60_000 }, () => {
  it('has closed everything when it ends, at SIGTERM too', async () => {
    const server = await startServerProcess({ mode: 'event-loop' });
    assert.equal((await fetchOnce(server.port, '/json')).status, 200);
    process.kill(server.pid, 'SIGTERM');
    const error = await server.ended;
    assert.match(error?.message ?? '', /ended \(exit code 0\)/);
    await assert.rejects(server.stats(), { message: 'the server process ended (exit code 0)' });
    await server.close();
  });

  it('leaves it to its parent what Ctrl-C and a closed terminal mean, with all of its processes', async () => {
    await using server = await startServerProcess({ mode: 'cluster', set: ['workers=2'] });
    for (const signal of ['SIGINT', 'SIGHUP'] as const) process.kill(-server.pid, signal);
    for (let request = 0; request < 4; request++) assert.equal((await fetchOnce(server.port, '/json')).status, 200);
    const { perThread } = await server.stats();
    assert.deepEqual(perThread, [2, 2]);
  });

  for (const architecture of everyArchitecture) {
    const { id: mode } = architecture;
    it(`ends although the application has left timers, on ${mode}`, { skip: skipReason(architecture) }, async () => {
      const app = moduleWith(
        'ticking',
        `setInterval(() => undefined, 1000);
         export default () => ({ handle: () => ({ status: 200 }) });`,
      );
      const log: string[] = [];
      const server = await startServerProcess({
        mode,
        app,
        set: workers(architecture, 1),
        graceMs: 45_000,
        log: (_level, message) => log.push(message),
      });
      assert.equal((await fetchOnce(server.port, '/')).status, 200);
      await server.close();
      assert.deepEqual(log, []);
    });
  }

  it('is killed after the grace time, with a line in the log, while it computes', async () => {
    const app = moduleWith(
      'computing',
      `import { writeFileSync } from 'node:fs';
       export default ({ mark }) => ({ handle: () => { writeFileSync(mark, ''); for (;;); } });`,
    );
    const mark = temporaryFile('computes');
    const log: string[] = [];
    const server = await startServerProcess({
      mode: 'event-loop',
      app,
      set: [`app.mark=${mark}`],
      graceMs: 1500,
      log: (_level, message) => log.push(message),
    });
    using connection = await RawConnection.open(server.port);
    await connection.send(get('/'));
    await eventually('it computes', () => existsSync(mark));
    await server.close();
    assert.deepEqual(log, [
      'the server does not answer: it computes, and has 1500 ms in all to end',
      'the grace time of 1500 ms is over: killing the server, which has not ended',
    ]);
  });

  for (const [what, thrown, told] of [
    ['an error', "new Error('not here')", 'not here'],
    ['what has no text', 'Object.create(null)', '[Object: null prototype] {}'],
  ] as const) {
    it(`says what an application throws, in a thread alone: ${what}`, async () => {
      const app = moduleWith(
        `throwing-${what.replaceAll(' ', '-')}`,
        `import { isMainThread } from 'node:worker_threads';
         export default () => {
           if (!isMainThread) throw ${thrown};
           return { handle: () => ({ status: 200 }) };
         };`,
      );
      await assert.rejects(startServerProcess({ mode: 'reactor', app }), {
        name: 'UserError',
        message: `--app ${app}: createApp failed: ${told}`,
      });
    });
  }

  describe('whose application never finishes loading', () => {
    for (const [how, text] of [
      ['computes', 'for (;;);'],
      ['awaits', 'await new Promise(() => undefined);'],
    ] as const) {
      it(`is told about, and ended with a sentence: it ${how}`, async () => {
        const app = moduleWith(how, text);
        const log: string[] = [];
        await assert.rejects(
          startServerProcess({
            mode: 'event-loop',
            app,
            longestLoadMs: 300,
            log: (_level, message) => log.push(message),
          }),
          { name: 'UserError', message: `--app ${app} does not load: it has not finished after 0.3 s` },
        );
        assert.deepEqual(log, [`--app ${app} is still loading, for up to 0.3 s`]);
      });
    }

    it('is ended with a sentence: it computes in a thread alone', async () => {
      const app = moduleWith(
        'computing-in-threads',
        `import { isMainThread } from 'node:worker_threads';
         export default () => {
           while (!isMainThread);
           return { handle: () => ({ status: 200 }) };
         };`,
      );
      await assert.rejects(
        startServerProcess({ mode: 'pooled', app, longestLoadMs: 1000 }),
        /^UserError: --app \S+ does not load: it has not finished after 1 s$/,
      );
    });

    it('is ended at once when it is aborted', async () => {
      const stop = new AbortController();
      const starting = startServerProcess({
        mode: 'event-loop',
        app: moduleWith('aborted', 'for (;;);'),
        signal: stop.signal,
      });
      stop.abort();
      await assert.rejects(starting, { name: 'AbortError' });
    });
  });
});
