import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { stillRunning } from '../../src/compare/process-tree.js';
import type { CompareReport } from '../../src/core/results.js';
import { eventually } from '../support/eventually.js';
import { runCli } from '../support/fake-io.js';

const cwd = mkdtempSync(join(tmpdir(), 'archbench-targets-'));
after(() => rmSync(cwd, { recursive: true }));

writeFileSync(
  join(cwd, 'plan.yml'),
  'concurrency: 2\niterations: 20\nplan:\n  - name: hello\n    request: { url: /hello }\n',
);
writeFileSync(
  join(cwd, 'server.cjs'),
  `require('node:http').createServer((_, response) => response.end(process.argv[3] ?? 'hello')).listen(process.argv[2]);
require('node:fs').appendFileSync('pids', process.pid + ' ' + process.env.PORT + '\\n');`,
);

const node = process.execPath;
const compare = (...argv: readonly string[]) =>
  runCli(['compare', 'plan.yml', '--rounds', '1', '--warmup', '0', '--seed', '1', '--format', 'json', ...argv], {
    cwd,
    env: { PATH: process.env['PATH'] },
  });

describe('--target', () => {
  it('starts a command on a free port and ends it with its children', async () => {
    // The shell stays: what is measured and ended is its child.
    const { exitCode, stdout, stderr } = await compare('--target', `mine=${node} server.cjs {port}; true`);
    assert.equal(exitCode, 0, stderr);
    const { candidates } = JSON.parse(stdout) as CompareReport;
    assert.deepEqual(
      candidates.map(({ id, requests, failed }) => [id, requests, failed]),
      [['mine', 20, 0]],
    );
    assert.ok(process.platform !== 'linux' || (candidates[0]?.cost?.cpuUsPerRequest ?? 0) > 0);
    const started = readFileSync(join(cwd, 'pids'), 'utf8').trim().split('\n');
    assert.equal(started.length, 2, 'once for the probe and once for the round');
    assert.deepEqual(stillRunning(started.map((line) => Number(line.split(' ')[0]))), []);
    for (const line of started) assert.match(line, /^\d+ \d+$/);
  });

  it(
    'is gone with archbench, however that ends',
    { skip: process.platform === 'linux' ? false : 'needs /proc' },
    async () => {
      writeFileSync(
        join(cwd, 'long.yml'),
        'concurrency: 1\niterations: 100000000\nplan:\n  - name: hello\n    request: { url: /hello }\n',
      );
      const main = join(import.meta.dirname, '../../src/cli/main.js');
      const argv = [
        'compare',
        'long.yml',
        '--probe',
        'none',
        '--target',
        `mine=trap '' TERM; ${node} server.cjs {port}`,
      ];
      const archbench = spawn(node, [main, ...argv], { cwd, stdio: 'ignore' });
      const before = readFileSync(join(cwd, 'pids'), 'utf8').length;
      const pid = await eventually(
        'the target runs',
        () => Number(readFileSync(join(cwd, 'pids'), 'utf8').slice(before).split(' ')[0]) || undefined,
      );
      archbench.kill('SIGKILL');
      await eventually('the target has ended', () => stillRunning([pid]).length === 0);
    },
  );

  it('stands beside a mode and a server that runs already', async () => {
    const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { exitCode, stdout, stderr } = await compare(
      '--target',
      `running=${url}`,
      '--target',
      `started=exec ${node} server.cjs $PORT`,
    );
    server.close();
    assert.equal(exitCode, 0, stderr);
    const { candidates } = JSON.parse(stdout) as CompareReport;
    assert.deepEqual(
      candidates.map(({ id, failed }) => [id, failed]),
      [
        ['running', 0],
        ['started', 0],
      ],
    );
    assert.equal(candidates[0]?.cost, undefined, 'whose process it is nobody said');
  });

  it('is ready when the path that was named for it says so, not when it says 503', async () => {
    writeFileSync(
      join(cwd, 'warming.cjs'),
      `let asked = 0;
      require('node:http').createServer(({ url }, response) => {
        if (url === '/health') asked += 1;
        response.statusCode = asked < 3 ? 503 : 200;
        response.end('hello');
      }).listen(Number(process.argv[2]), '127.0.0.1');`,
    );
    const target = `warming=exec ${node} warming.cjs $PORT`;
    const { exitCode, stdout, stderr } = await compare('--target', target, '--ready', '/health');
    assert.equal(exitCode, 0, stderr);
    assert.equal((JSON.parse(stdout) as CompareReport).candidates[0]?.failed, 0);
  });

  it('refuses servers that answer differently', async () => {
    const differing = [
      '--target',
      `a=exec ${node} server.cjs $PORT hello`,
      '--target',
      `b=exec ${node} server.cjs $PORT jello`,
    ];
    const { exitCode, stderr, stdout } = await compare(...differing);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /'a' and 'b' do not do the same work: step 'hello' \(\/hello\): equally long, but different bodies/,
    );
    assert.equal(stdout, '');
    const lenient = await compare(...differing, '--probe', 'length');
    assert.equal(lenient.exitCode, 0, lenient.stderr);
  });

  it('drives nobody with a plan that asks for nothing, or for what is not there', async () => {
    writeFileSync(join(cwd, 'idle.yml'), 'plan:\n  - name: wait\n    delay: { seconds: 0 }\n');
    writeFileSync(join(cwd, 'lost.yml'), 'plan:\n  - name: lost\n    request: { url: /nowhere }\n');
    const idle = await runCli(['compare', 'idle.yml', '--modes', 'event-loop'], { cwd });
    assert.match(idle.stderr, /^error: the plan sends no request: there is nothing to compare$/m);
    const lost = await runCli(['compare', 'lost.yml', '--modes', 'event-loop'], { cwd });
    assert.match(
      lost.stderr,
      /^error: 'event-loop' answers no step as it should: 'lost' \(\/nowhere\) with status 404$/m,
    );
    assert.deepEqual([idle.exitCode, lost.exitCode], [2, 1]);
  });

  it('names who does not answer, whatever the plan asserts of the answer', async () => {
    const assertion = '  - name: right\n    assert: { key: answer.status, value: 200 }\n';
    writeFileSync(
      join(cwd, 'asserting.yml'),
      `plan:\n  - name: hello\n    request: { url: /hello }\n    assign: answer\n${assertion}`,
    );
    const gone = ['compare', 'asserting.yml', '--target', 'gone=http://127.0.0.1:1'];
    const { exitCode, stderr } = await runCli(gone, { cwd });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: 'gone' does not answer step 'hello' \(\/hello\): connection refused$/m);
    const onTerminal = await runCli(gone, { cwd, terminal: true });
    assert.ok(onTerminal.stderr.includes('as the others do?\r\u001B[Kerror: '), 'the live line is gone by then');
    const other = ['compare', 'asserting.yml', '--modes', 'event-loop'];
    assert.match(
      (await runCli(other, { cwd })).stderr,
      /^error: 'event-loop' does not come through the plan: assertion failed/m,
    );
  });

  const mistakes: readonly (readonly [why: string, argv: readonly string[], message: RegExp, exitCode: number])[] = [
    [
      'a command that ends at once',
      ['--target', 'bad=echo no such flag >&2; exit 3'],
      /--target bad: the command ended \(3\) before .*\nno such flag/,
      1,
    ],
    [
      'a command that never answers',
      ['--target', 'mute=sleep 60', '--ready-timeout', '200ms'],
      /--target mute: .* did not answer within 0\.2 s/,
      1,
    ],
    ['a server that is not there', ['--target', 'gone=http://127.0.0.1:1'], /'gone' does not answer step 'hello'/, 1],
    [
      'a URL that is not of HTTP',
      ['--target', 'a=ftp://127.0.0.1/'],
      /--target a: expected a URL that begins with http:\/\/ or https:\/\/, found 'ftp:/,
      2,
    ],
    ['a target without a name', ['--target', 'http://127.0.0.1:1'], /--target expects NAME=URL/, 2],
    [
      'two of one name',
      ['--target', 'a=http://127.0.0.1:1', '--target', 'a=http://127.0.0.1:2'],
      /two candidates are called 'a'/,
      2,
    ],
    ['a process of nobody', ['--modes', 'pooled', '--pid', 'mine=1'], /--pid mine: no --target of that name/, 2],
    ['--ready for nobody', ['--target', 'a=http://127.0.0.1:1', '--ready', '/up'], /--ready would do nothing/, 2],
    ['a baseline for one', ['--modes', 'pooled', '--self', '--baseline', 'pooled'], /--baseline would do nothing/, 2],
    [
      'an unknown baseline',
      ['--modes', 'pooled', '--baseline', 'pool'],
      /no candidate is called 'pool', did you mean 'pooled'/,
      2,
    ],
    [
      'several against themselves',
      ['--modes', 'pooled,single', '--self'],
      /--self drives one server against itself/,
      2,
    ],
    ['rounds said twice', ['--quick'], /--quick says 3 rounds and --rounds says another number/, 2],
  ];
  for (const [why, argv, message, expected] of mistakes) {
    it(`refuses ${why} in one sentence`, async () => {
      const { exitCode, stdout, stderr } = await compare(...argv);
      assert.match(stderr, message);
      assert.equal(exitCode, expected);
      assert.equal(stdout, '');
    });
  }
});

describe('a comparison that cannot be trusted', () => {
  writeFileSync(join(cwd, 'stops.yml'), 'plan:\n  - name: hello\n    request: { url: "/{{ nobody }}" }\n');
  // Answers a hundred requests and then no more.
  writeFileSync(
    join(cwd, 'dies.cjs'),
    `let left = 30; require('node:http').createServer((_, response) => { response.end('hello'); if (--left === 0) setImmediate(process.exit); }).listen(process.argv[2]);`,
  );

  it('does not begin with a plan that stops its own run', async () => {
    const { exitCode, stdout, stderr } = await runCli(
      ['compare', 'stops.yml', '--modes', 'event-loop', '--rounds', '1'],
      { cwd },
    );
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /nobody/);
    assert.equal(stdout, '');
  });

  it('ranks a server that dies last, however quickly it fails, and says so', async () => {
    const targets = ['--target', `dies=exec ${node} dies.cjs $PORT`, '--target', `lives=exec ${node} server.cjs $PORT`];
    writeFileSync(
      join(cwd, 'many.yml'),
      'concurrency: 2\niterations: 300\nplan:\n  - name: hello\n    request: { url: /hello }\n',
    );
    const argv = [
      'compare',
      'many.yml',
      '--rounds',
      '1',
      '--warmup',
      '0',
      '--probe',
      'none',
      '--format',
      'json',
      ...targets,
    ];
    const { stdout, stderr } = await runCli(argv, { cwd, env: { PATH: process.env['PATH'] } });
    const report = JSON.parse(stdout === '' ? `{"error": ${JSON.stringify(stderr)}}` : stdout) as CompareReport;
    assert.deepEqual(report.rankings[0]?.ranks, [
      { id: 'lives', rank: 1 },
      { id: 'dies', rank: 2 },
    ]);
    assert.match(report.warnings.join('\n'), /dies failed 9\d\.\d % of its requests/);
  });

  it('fails when nobody answered anything', async () => {
    const { exitCode, stdout } = await compare('--target', 'gone=http://127.0.0.1:1', '--probe', 'none');
    assert.equal(exitCode, 1);
    assert.equal((JSON.parse(stdout) as CompareReport).candidates[0]?.rps, 0);
  });

  it('refuses an address for --ready that is none', async () => {
    for (const ready of ['http://[', 'ftp://x/']) {
      const { exitCode, stderr } = await compare('--target', 'a=exec true', '--ready', ready);
      assert.equal(exitCode, 2);
      assert.match(stderr, /--ready expects a path such as \/health/);
    }
    assert.match((await compare('--modes', ',')).stderr, /--modes has an empty name/);
  });
});
