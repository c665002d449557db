import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { DrillReport } from '../../src/core/results.js';
import { runCli } from '../support/fake-io.js';
import { ScriptedServer } from '../support/scripted-server.js';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('archbench hit', () => {
  it('sends so many requests and reports on them', async () => {
    const heads: string[] = [];
    await using server = await ScriptedServer.start((socket, head) => {
      heads.push(head);
      socket.write(ok);
    });
    const url = `http://127.0.0.1:${server.port}/a?b=c`;
    const { exitCode, stdout } = await runCli([
      'hit',
      url,
      '-n',
      '20',
      '-c',
      '4',
      '-H',
      'X-One: 1',
      '-H',
      'x-one: 2',
      '--format',
      'json',
    ]);
    const report = JSON.parse(stdout) as DrillReport;
    assert.equal(exitCode, 0);
    assert.deepEqual([report.total.requests, report.total.ok, report.concurrency], [20, 20, 4]);
    assert.deepEqual(report.load, { loop: 'closed', threads: 1, warmupMs: 0 });
    assert.equal(server.connections, 4);
    assert.match(heads[0] ?? '', /^GET \/a\?b=c HTTP\/1.1\r\nhost: 127.0.0.1:\d+\r\n/);
    assert.match(heads[0] ?? '', /\r\nx-one: 1, 2$/);
  });

  it('sends a body, and writes the result where it is told', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'archbench-hit-'));
    const heads: string[] = [];
    await using server = await ScriptedServer.start((socket, head) => {
      heads.push(head);
      socket.write(ok);
    });
    const file = join(folder, 'r.json');
    const { exitCode, stdout } = await runCli([
      'hit',
      `http://127.0.0.1:${server.port}`,
      '-n',
      '1',
      '--body',
      'hello',
      '-o',
      file,
    ]);
    assert.equal(exitCode, 0);
    assert.match(stdout, /POST \/ .*\n/);
    assert.match(heads[0] ?? '', /^POST \/ HTTP\/1.1[^]*content-length: 5/);
    assert.equal((JSON.parse(readFileSync(file, 'utf8')) as DrillReport).total.ok, 1);
    rmSync(folder, { recursive: true });
  });

  it('sends the name and the password of the URL, and fills in what a plan would', async () => {
    const heads: string[] = [];
    await using server = await ScriptedServer.start((socket, head) => {
      heads.push(head);
      socket.write(ok);
    });
    const authority = `ann:secret@127.0.0.1:${server.port}`;
    await runCli(['hit', `http://${authority}/a?n={{ iteration }}`, '-n', '1', '-c', '1']);
    assert.match(heads[0] ?? '', /^GET \/a\?n=0 HTTP/);
    assert.match(heads[0] ?? '', /^authorization: Basic YW5uOnNlY3JldA==$/im);
    const { exitCode, stderr } = await runCli(['hit', `http://${authority}/`, '-n', '1', '-H', 'x: {{ nothing }}']);
    assert.equal(exitCode, 1);
    assert.equal(stderr, `error: http://${authority}/: nothing has set the variable 'nothing' (iteration 0)\n`);
  });

  it('keeps an open loop for a time', async () => {
    await using server = await ScriptedServer.start((socket) => void socket.write(ok));
    const url = `http://127.0.0.1:${server.port}/`;
    const { stdout } = await runCli(['hit', url, '-r', '200', '-d', '500ms', '--format', 'json']);
    const { total, load } = JSON.parse(stdout) as DrillReport;
    assert.deepEqual([total.requests, total.dropped], [100, 0]);
    assert.deepEqual([load?.loop, load?.ratePerSecond], ['open', 200]);
    assert.ok((total.lateness?.maxUs ?? 0) > 0);
    assert.ok((total.service?.p50Us ?? 0) <= total.latency.p50Us);
  });

  it('loses no result when one of its files cannot be written', { skip: !existsSync('/dev/full') }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'archbench-hit-'));
    try {
      await using server = await ScriptedServer.start((socket) => void socket.write(ok));
      const other = join(folder, 'r.csv');
      const url = `http://127.0.0.1:${server.port}/`;
      const argv = ['hit', url, '-n', '3', '-o', 'json=/dev/full', '-o', other, '--format', 'csv'];
      const { exitCode, stdout, stderr } = await runCli(argv);
      assert.equal(exitCode, 1);
      assert.match(stderr, /^error: cannot write \/dev\/full .ENOSPC/m);
      assert.equal(readFileSync(other, 'utf8'), stdout);
      assert.match(stdout, /^,total,,3,0,/m);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('changes the load from stage to stage', async () => {
    await using server = await ScriptedServer.start((socket) => void socket.write(ok));
    const stages = ['--stage', 'rate=100/s,for=200ms', '--stage', 'rate=300/s,for=400ms,ramp=linear'];
    const url = `http://127.0.0.1:${server.port}/`;
    const { stdout } = await runCli(['hit', url, ...stages, '--format', 'json']);
    const { total, load } = JSON.parse(stdout) as DrillReport;
    assert.equal(load?.stages?.length, 2);
    // 20 at 100/s, then 80 while the rate goes in a line from 100/s to 300/s.
    assert.equal(total.requests, 100);
  });

  it('shows how far it is on a terminal only, and leaves nothing behind', async () => {
    await using server = await ScriptedServer.start((socket) => void socket.write(ok));
    const argv = ['hit', `http://127.0.0.1:${server.port}/`, '-r', '50', '-d', '1200ms'];
    const piped = await runCli(argv);
    assert.equal(piped.stderr, '');
    const shown = await runCli(argv, { terminal: true });
    assert.match(shown.stderr, /1\.00 s · \d+ requests/);
    assert.ok(shown.stderr.endsWith('\r\u001B[K'));
  });

  it('fails when nobody answers, without hammering at a closed door', async () => {
    const server = await ScriptedServer.start(() => undefined);
    const url = `http://127.0.0.1:${server.port}/`;
    await server[Symbol.asyncDispose]();
    const { exitCode, stdout, stderr } = await runCli(['hit', url, '-c', '4', '-d', '1s', '--format', 'json']);
    const { total, health } = JSON.parse(stdout) as DrillReport;
    assert.equal(exitCode, 1);
    assert.match(stderr, /not one request was answered: connection refused/);
    assert.equal(health.verdict, 'INVALID');
    // 4 at once, then at 10, 20, 40, 80 and every 100 ms.
    assert.ok(total.requests >= 4 && total.requests <= 100, String(total.requests));
  });

  const mistakes: [name: string, argv: string[], message: RegExp][] = [
    ['two forms in one file', ['http://h/', '-o', 'json=x', '-o', 'csv=x'], /^error: --output names 'x' twice/],
    ['no scheme', ['127.0.0.1:80'], /did you mean http:\/\/127.0.0.1:80/],
    ['both a number and a time', ['http://h/', '-n', '5', '-d', '1s'], /-n and -d exclude/],
    ['both connections and a rate', ['http://h/', '-c', '5', '-r', '1'], /-c and -r exclude/],
    ['more connections than requests', ['http://h/', '-c', '5', '-n', '1'], /more than the one request there is/],
    ['a body with GET', ['http://h/', '-m', 'get', '--body', 'x'], /a GET is sent without/],
    ['an odd header', ['http://h/', '-H', 'nonsense'], /-H expects 'name: value'/],
    ['an unknown transport', ['http://h/', '--transport', 'epol'], /did you mean 'epoll'/],
    ['a port that is none', ['http://h:99999/'], /^error: '[^']*' has the port 99999, and ports end at 65535\n$/],
    ['a port that is a word', ['http://h:port/'], /^error: '[^']*' is not a URL that begins with http:[^\n]*\n$/],
    ['no time at all', ['http://h/', '-d', '0'], /^error: 'duration': expected more than 0\n$/],
    ['an unknown method', ['http://h/', '-m', 'FOO'], /^error: 'method': expected one of GET[^\n]*\n$/],
    [
      'TLS from a transport that speaks none',
      ['https://h/', '--transport', 'epoll'],
      /the transport epoll speaks no TLS/,
    ],
    [
      'a stage without a time',
      ['http://h/', '--stage', 'rate=5'],
      /--stage expects rate=100\/s,for=10s or .*found 'rate=5'/,
    ],
    ['a stage with a typing mistake', ['http://h/', '--stage', 'rat=5,for=1s'], /found 'rat=5,for=1s'/],
    [
      'a stage with a key twice',
      ['http://h/', '--stage', 'rate=5,for=1s,rate=6'],
      /^error: --stage: 'rate' is given twice: '5' and '6'\n$/,
    ],
    [
      'a stage of no time',
      ['http://h/', '--stage', 'rate=5,for=0s'],
      /^error: --stage: 'for': expected a duration above 0 [^\n]*, found '0s'\n$/,
    ],
    [
      'a stage of too high a rate',
      ['http://h/', '--stage', 'rate=2M,for=1s'],
      /^error: --stage: 'rate': expected a rate [^\n]* at most 1000000\/s, found '2M'\n$/,
    ],
    [
      'a stage of too many at once',
      ['http://h/', '--stage', 'concurrency=99999999999,for=1s'],
      /^error: --stage: 'concurrency': expected a whole number from 0 to 1000000, found '99999999999'\n$/,
    ],
    [
      'a stage with another ramp',
      ['http://h/', '--stage', 'rate=5,for=1s,ramp=steep'],
      /^error: --stage: 'ramp': expected none or linear, found 'steep'\n$/,
    ],
    [
      'stages in which nothing would run',
      ['http://h/', '--stage', 'rate=0,for=1s', '--stage', 'rate=0,for=1s,ramp=linear'],
      /^error: --stage: all are 0, and nothing would run\n$/,
    ],
    [
      'stages of two kinds',
      ['http://h/', '--stage', 'rate=5,for=1s', '--stage', 'concurrency=5,for=1s'],
      /all have a rate, or/,
    ],
    ['stages and a time', ['http://h/', '-d', '1s', '--stage', 'rate=5,for=1s'], /cannot be used with/],
    ['a Unix socket without a path', ['http://h/', '--unix-socket', ''], /has 1 to 107 bytes, this one has 0/],
    ['an arrival without a rate', ['http://h/', '--arrival', 'poisson'], /--arrival needs a rate/],
  ];
  for (const [name, argv, message] of mistakes) {
    it(`refuses ${name}`, async () => {
      const { exitCode, stderr, stdout } = await runCli(['hit', ...argv]);
      assert.deepEqual([exitCode, stdout], [2, '']);
      assert.match(stderr, message);
    });
  }
});
