import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { startServer } from '../support/cold-server.js';
import { runCli } from '../support/fake-io.js';
import { fetchOnce } from '../support/raw-connection.js';
import { complaintsAbout, userModule } from '../support/type-check.js';

describe('the types of an application, as a user checks them', () => {
  it('fit the example', () => {
    const options = ['--allowJs', '--checkJs', '--noUncheckedIndexedAccess', '--target', 'es2023', '--types', 'node'];
    assert.equal(complaintsAbout('examples/reaction.mjs', ...options), '');
  });

  for (const [name, handle] of [
    ['plain', 'handle(request) {'],
    ['coroutine', '*handle(request) { yield* sleep(1);'],
  ] as const)
    it(`fit one whose answers have different headers, and whose handler is ${name}`, () => {
      const file = userModule(
        name,
        `import { type CreateApp, sleep } from 'archbench/app';
         const createApp: CreateApp = () => ({
           ${handle}
             if (request.path === '/old') return { status: 301, headers: { Location: '/new' }, body: '' };
             return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'new' };
           },
         });
         export default createApp;`,
      );
      assert.equal(complaintsAbout(file, '--target', 'es2022'), '');
    });
});

it('the plan for the example asks what is known, and something new in each iteration', async () => {
  const app = resolve('examples/reaction.mjs');
  await using server = await startServer({ mode: 'event-loop', app, set: ['app.steps=1'] });
  const base = `http://127.0.0.1:${server.port}`;
  const { exitCode } = await runCli(['drill', 'plans/reaction.yml', '--base', base], { cwd: resolve('.') });
  assert.equal(exitCode, 0);
  const { known } = JSON.parse((await fetchOnce(server.port, '/computed')).body.toString()) as { known: number };
  assert.equal(known, 4 + 100);
});
