import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, beforeEach, describe, it } from 'node:test';
import type { DrillReport } from '../../src/core/results.js';
import { runCli } from '../support/fake-io.js';
import { LoggingServer, type Answer, type SeenRequest } from '../support/logging-server.js';

// Plans that do what drill's own published examples do, on a server with the same routes.

const present = /^\/api\/(users\.json|account|tokens\/\w+|users\/(1|2|70|73|75)|users\/contacts\/[23])$/;
const sessions = new Map<string, number>();

function answer({ method, url, headers, body }: SeenRequest): Answer {
  const session = /sid=(\w+)/.exec(headers['cookie'] ?? '')?.[1] ?? '';
  if (url === '/login?user=example&password=3x4mpl3') {
    const id = `s${sessions.size}`;
    sessions.set(id, 1);
    return { headers: { 'set-cookie': `sid=${id}; Path=/; HttpOnly` } };
  }
  if (url === '/counter') {
    const counter = sessions.get(session);
    if (counter === undefined) return { status: 403 };
    sessions.set(session, counter + 1);
    return { body: JSON.stringify({ counter: counter + 1 }) };
  }
  if (method === 'DELETE') sessions.set(session, 1);
  if (url.startsWith('/?') || url === '/') return {};
  if (method === 'POST' && url === '/api/users') return { body: '{"ok":true}' };
  if (method === 'POST' && url === '/api/transactions') {
    const { a, b } = JSON.parse(body.toString()) as { a: string; b: string };
    return { status: a + b === '123' ? 200 : 400 };
  }
  if (url === '/api/account') return { body: '{"name":"ann","manager_id":1,"friends":[{"id":70},{"id":73}]}' };
  return present.test(url) ? { body: '{"id":1}' } : { status: 404 };
}

const server = await LoggingServer.start(answer);
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.forget();
  sessions.clear();
});

const folder = fileURLToPath(new URL('../../../test/fixtures/drill-example/', import.meta.url));
const env = { EXAMPLE: server.url, PATH: process.env['PATH'] };

/** Exit code, requests, successful, failed of a plan. */
async function outcome(plan: string, argv: readonly string[] = [], more: Readonly<Record<string, string>> = {}) {
  const { exitCode, stdout, stderr } = await runCli(['drill', plan, '--format', 'json', ...argv], {
    cwd: folder,
    env: { ...env, ...more },
  });
  const { total } = (stdout === '' ? {} : JSON.parse(stdout)) as Partial<DrillReport>;
  return { counts: [exitCode, total?.requests, total?.ok, total?.failed], stderr };
}

describe("plans like drill's examples", () => {
  it('benchmark.yml: everything at once, two 404 in each iteration, rows with the documented quote skipped', async () => {
    const { counts, stderr } = await outcome('benchmark.yml');
    assert.deepEqual(counts, [0, 76, 68, 8]);
    assert.match(stderr, /only the first character of 'quote_char' counts: '\\'/);
    assert.match(stderr, /2 of 2 rows are skipped/);
    assert.equal(server.lines.filter((line) => line === 'GET /api/tokens/ANN').length, 4);
  });

  it('an include target is no plan of its own', async () => {
    for (const plan of ['comments.yml', 'subcomments.yml', 'subtags.yml'])
      assert.deepEqual((await outcome(plan)).counts, [1, undefined, undefined, undefined]);
  });

  it('cookies.yml: a session goes through the iteration, an assigned value is replaced', async () => {
    assert.deepEqual((await outcome('cookies.yml')).counts, [0, 7, 7, 0]);
    assert.deepEqual(
      server.urls.filter((url) => url.startsWith('/?')),
      ['/?counter=3', '/?counter=2'],
    );
  });

  it('headers.yml: headers, with the items in them', async () => {
    assert.deepEqual((await outcome('headers.yml')).counts, [0, 3, 3, 0]);
    assert.deepEqual(
      server.requests.map(({ headers }) => [headers['authorization'], headers['x-foo']]),
      ['Bar', 'Bar 70', 'Bar 73'].map((foo) => ['Basic example', foo]),
    );
  });

  it('iterations.yml: names with the iteration in them, grouped as they are written, three at once', async () => {
    assert.deepEqual((await outcome('iterations.yml')).counts, [0, 20, 20, 0]);
    assert.ok(server.peakInFlight <= 3);
  });

  it('delay.yml: a second between two requests', async () => {
    const startedAt = performance.now();
    assert.deepEqual((await outcome('delay.yml')).counts, [0, 2, 2, 0]);
    assert.ok(performance.now() - startedAt >= 1000);
  });

  it('env.yml: iterations and path from the environment', async () => {
    assert.deepEqual((await outcome('env.yml', [], { ITERATIONS: '3', EDITOR: 'users' })).counts, [0, 3, 3, 0]);
    const without = await outcome('env.yml');
    assert.equal(without.counts[0], 1);
    assert.match(without.stderr, /'iterations': the environment has no variable 'ITERATIONS'/);
    assert.match(without.stderr, /nothing has set the variable 'EDITOR'/);
  });

  it('tags.yml: tags choose steps, never include lines', async () => {
    assert.deepEqual((await outcome('tags.yml')).counts, [0, 4, 1, 3]);
    assert.deepEqual((await outcome('tags.yml', ['--tags', 'tag_user'])).counts, [0, 2, 1, 1]);
    const listed = await runCli(['drill', 'tags.yml', '--list-tags'], { cwd: folder, env });
    assert.equal(listed.stdout, '\nTags            ["tag_user"]\n');
  });

  it('throughput.yml: all iterations at once, statistics and all', async () => {
    const { exitCode, stdout } = await runCli(['drill', 'throughput.yml', '-qs'], { cwd: folder, env });
    assert.equal(exitCode, 0);
    assert.match(stdout, /^Concurrency 300$/m);
    assert.match(stdout, /^Successful requests {7}600$/m);
  });
});
