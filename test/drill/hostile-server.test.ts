import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { drill, drillReport } from '../support/drill.js';
import { LoggingServer } from '../support/logging-server.js';

// Nothing that a server answers may end the run with less than a result.

const server = await LoggingServer.start();
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.forget();
  server.respond = () => ({});
});

const plan = (...steps: readonly string[]): string =>
  `base: ${server.url}\nplan:\n${steps.map((step) => `  - name: step\n    ${step.replaceAll('\n', '\n    ')}\n`).join('')}`;

describe('a server that drill drives', () => {
  it('may not be there: that is no error, and nobody overlooks it', async () => {
    const step = plan('request: { url: / }');
    const { exitCode, stderr } = await drill(step, ['-q', '--base', 'http://127.0.0.1:1']);
    assert.deepEqual([exitCode, stderr], [0, 'warning: not one request was answered: connection refused\n']);
    server.respond = () => ({ status: 500 });
    assert.equal((await drill(step, ['-q'])).stderr, '');
  });

  it('may redirect to a user whose name is not percent-encoded', async () => {
    const { host } = new URL(server.url);
    server.respond = ({ url }) => (url === '/' ? { status: 302, headers: { Location: `http://%zz@${host}/x` } } : {});
    const report = await drillReport(plan('request: { url: / }'));
    assert.deepEqual([report.exitCode, report.total.ok], [0, 1]);
    assert.equal((await drill(plan(`request: { url: 'http://%zz:%ff@${host}/' }`))).exitCode, 0);
    assert.equal(
      server.requests.at(-1)?.headers['authorization'],
      `Basic ${Buffer.from('%zz:\xff', 'latin1').toString('base64')}`,
    );
  });

  it('may answer JSON of any depth: nested deeper than drill reads, it is none', async () => {
    const steps = ['request: { url: / }\nassign: r', "assert: { key: r.body, value: '' }"];
    for (const [depth, exitCode] of [
      [127, 1],
      [128, 0],
      [50_000, 0],
    ] as const) {
      server.respond = () => ({ body: '['.repeat(depth) + ']'.repeat(depth) });
      assert.equal((await drill(plan(...steps))).exitCode, exitCode, String(depth));
      server.respond = () => ({ body: `${'{"a":'.repeat(depth)}1.5${'}'.repeat(depth)}` });
      assert.equal((await drill(plan(...steps))).exitCode, exitCode, String(depth));
    }
  });

  it('may answer what no command can hold: that ends the run, with its result', async () => {
    server.respond = () => ({ body: 'a\0b' });
    const report = await drillReport(
      plan("request: { url: / }\nextract: { text: '^[^]*$' }", "exec: { command: 'echo {{ text }}' }"),
      [],
      { env: { PATH: process.env['PATH'] } },
    );
    assert.deepEqual([report.exitCode, report.total.ok], [1, 1]);
    assert.match(report.stopped ?? '', /holds a NUL character/);
  });
});
