import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startServer } from '../support/cold-server.js';
import { runCli } from '../support/fake-io.js';
import { moduleWith } from '../support/module-with.js';
import { ScriptedServer } from '../support/scripted-server.js';

describe('archbench call', () => {
  it('shows the replies as they come', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const argv = ['call', server.url, '/work?io=200&bytes=3', '/json', '/status/201', '/1'];
    const { exitCode, stdout } = await runCli(argv);
    assert.equal(exitCode, 0);
    const lines = stdout.split('\n');
    assert.ok(lines.includes('/json 200 {"message":"Hello, World!"}') && lines.includes('/status/201 201 201'), stdout);
    assert.match(stdout, /^\/1 200 "<!doctype html>\\n.*"$/m);
    assert.equal(lines[3], '/work?io=200&bytes=3 200 (3 bytes)');
  });

  it('sends a body, JSON or text, and says when something is answered badly', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const json = await runCli(['call', server.url, '/echo', '--body', '{"a":[1]}']);
    assert.deepEqual([json.exitCode, json.stdout], [0, '/echo 200 {"a":[1]}\n']);
    const infinite = await runCli(['call', server.url, '/echo', '--body', '1e999']);
    assert.equal(infinite.stdout, '/echo 200 1e999\n');
    const rude = await runCli(['call', server.url, '/echo', '--body', 'a\r\u001B[31mb']);
    assert.equal(rude.stdout, '/echo 200 "a\\r\\u001b[31mb"\n');
    const text = await runCli(['call', server.url, '/echo', '/nowhere', '--body', 'a text']);
    assert.deepEqual([text.exitCode, text.stdout], [1, '/echo 200 a text\n/nowhere 404 not found\n']);
  });

  it('shows nothing that would do something to a terminal', async () => {
    const text = moduleWith(
      'controlling',
      `export default () => ({ handle: () => ({ status: 200, body: '\\u001b[2J\\u009b1m\\u202e' }) });`,
    );
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames', app: text });
    const { stdout } = await runCli(['call', `127.0.0.1:${server.port}`, '/a']);
    assert.equal(stdout, '/a 200 "\\u001b[2J\ufffd1m\ufffd"\n');
  });

  it('says in one sentence what is wrong', async () => {
    await using http = await startServer({ mode: 'event-loop' });
    await using silent = await ScriptedServer.start(() => undefined);
    const rows: [argv: string[], exitCode: number, said: RegExp][] = [
      [
        ['http://127.0.0.1:1', '/json'],
        2,
        /^error: a server such as tcp:.* is expected, found 'http:\/\/127.0.0.1:1'\n$/,
      ],
      [['tcp://127.0.0.1:1/x', '/json'], 2, /is expected, found 'tcp:\/\/127.0.0.1:1\/x'\n$/],
      [['tcp://u:p@127.0.0.1:1', '/json'], 2, /is expected, found 'tcp:\/\/u:p@127.0.0.1:1'\n$/],
      [['127.0.0.1:0', '/json'], 2, /^error: a server such as tcp:.* is expected, found '127.0.0.1:0'\n$/],
      [['127.0.0.1:1', '/echo', '--body', '['.repeat(20_000) + ']'.repeat(20_000)], 2, /^error: --body nests too deep/],
      [['127.0.0.1:1', 'json'], 2, /^error: 'json' is not a path that begins with .*\n.*did you mean '\/json'\?\n$/],
      [['127.0.0.1:1', '/json', '-m', 'a b'], 2, /^error: --method expects a word such as GET, found 'a b'\n/],
      [['tcp://127.0.0.1:1/', '/json'], 1, /^error: \/json: no connection to 127\.0\.0\.1:1: ECONNREFUSED\n$/],
      [[`127.0.0.1:${http.port}`, '/json'], 1, /^error: \/json: the server speaks HTTP, not frames\n$/],
      [[`127.0.0.1:${silent.port}`, '/json', '-t', '50ms'], 1, /^error: no reply to \/json within 50 ms\n$/],
    ];
    for (const [argv, exitCode, said] of rows) {
      const run = await runCli(['call', ...argv]);
      assert.match(run.stderr, said);
      assert.deepEqual([run.exitCode, run.stdout], [exitCode, '']);
    }
  });
});
