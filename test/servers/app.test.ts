import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { architectures } from '../../src/servers/catalogue.js';
import { startServer } from '../../src/servers/host.js';
import { fetchOnce } from '../support/raw-connection.js';

const folder = mkdtempSync(join(tmpdir(), 'archbench-app-'));
after(() => rmSync(folder, { recursive: true }));

function moduleWith(name: string, text: string): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, text);
  return file;
}

describe('an application of the user', { timeout: 60_000 }, () => {
  for (const id of architectures.ids()) {
    it(`runs unchanged on ${id}`, async (context) => {
      const { unsupported, settings } = await architectures.load(id);
      const reason = unsupported?.();
      if (reason !== undefined) return context.skip(reason);
      const workers = 'workers' in settings ? ['workers=1'] : [];
      await using server = await startServer({
        mode: id,
        app: resolve('examples/reaction.mjs'),
        set: ['app.steps=1000', ...workers],
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
      log: (level, message) => log.push(`${level}: ${message.split('\n')[0]}`),
    });
    const statuses: number[] = [];
    for (const path of ['/throw', '/file', '/nothing', '/caught', '/'])
      statuses.push((await fetchOnce(server.port, path)).status);
    assert.deepEqual(statuses, [500, 500, 500, 200, 200]);
    assert.equal((await fetchOnce(server.port, '/caught')).body.toString(), 'ENOENT');
    assert.match(log.join('\n'), /error: GET \/throw: Error: on purpose/);
  });

  it('says in one sentence why it is none', async () => {
    const rows: [name: string, text: string, message: RegExp][] = [
      ['syntax', 'export default (', /syntax\.mjs does not load: /],
      ['none', 'export const a = 1;', /the default export must be a function createApp\(settings\), found undefined/],
      ['throws', 'export default () => { throw new Error("no data"); };', /createApp failed: no data/],
      ['empty', 'export default () => ({});', /createApp must return \{ handle\(request\) \}, found object/],
      ['async', 'export default async () => ({});', /found a promise/],
    ];
    for (const [name, text, message] of rows)
      await assert.rejects(startServer({ mode: 'event-loop', app: moduleWith(name, text) }), {
        name: 'UserError',
        message,
      });
    await assert.rejects(startServer({ mode: 'event-loop', app: '/no/such/file.mjs' }), {
      message: '--app /no/such/file.mjs: there is no such file',
    });
    await assert.rejects(startServer({ mode: 'event-loop', set: ['app.x=1'] }), /it needs --app FILE/);
  });
});
