import assert from 'node:assert/strict';
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { after, describe, it } from 'node:test';
import { architectures } from '../../src/servers/catalogue.js';
import type { ServerStats } from '../../src/servers/stats.js';
import { eventually } from '../support/eventually.js';
import { runCli } from '../support/fake-io.js';
import { childrenOf } from '../support/proc.js';
import { fetchOnce, get, RawConnection } from '../support/raw-connection.js';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const started = new Set<ChildProcess>();

interface Run {
  readonly process: ChildProcess;
  stdout: string;
  stderr: string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

function archbench(...argv: string[]): Run {
  // A process group of its own, so that a test can do what Ctrl-C does.
  return watch(spawn(process.execPath, [main, ...argv], { stdio: ['ignore', 'pipe', 'pipe'], detached: true }));
}

function watch(child: ChildProcessByStdio<null, Readable, Readable>): Run {
  started.add(child);
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | string);
  const run: Run = { process: child, stdout: '', stderr: '', ended };
  child.stdout.on('data', (text: Buffer) => (run.stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (run.stderr += text.toString()));
  return run;
}

/** The server process that a run has started, as soon as there is one. */
function serverOf({ process: { pid = 0 } }: Run): Promise<number> {
  return eventually('the server process', () => childrenOf(pid)[0]);
}

async function untilGone(pid: number): Promise<void> {
  const commandLine = `/proc/${pid}/cmdline`;
  // Of a process that nobody has waited for, only its entry is left.
  await eventually(`process ${pid} is gone`, () => {
    try {
      return readFileSync(commandLine, 'utf8') === '';
    } catch {
      return true;
    }
  });
}

async function portOf(run: Run): Promise<number> {
  return Number(await eventually('the ready line', () => /http:\/\/[^:]+:(\d+).*\n$/.exec(run.stdout)?.[1]));
}

/** Waits until so many requests have begun, this one among them. */
async function begun(port: number, requests: number): Promise<void> {
  const counted = new RegExp(`"requests": ${requests}\\b`);
  await eventually('they are being served', async () =>
    counted.test((await fetchOnce(port, '/stats')).body.toString()),
  );
}

describe('archbench serve', { timeout: 60_000 }, () => {
  after(() => {
    for (const child of started) child.kill('SIGKILL');
  });

  it('says one line when it is ready, and ends well at each signal, finishing what is in flight', async () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      const run = archbench('serve', '--mode', 'event-loop', '--port', '0');
      const port = await portOf(run);
      using connection = await RawConnection.open(port);
      await connection.send(get('/200'));
      await begun(port, 2);
      run.process.kill(signal);
      assert.equal((await connection.response()).status, 200);
      assert.equal(await run.ended, 0);
      assert.equal(run.stdout, `event-loop listening on http://127.0.0.1:${port}\n`);
      // On a busy machine it may take so long that it says so.
      assert.match(run.stderr, /^(draining 1 connection, .*\n)?$/);
    }
  });

  it('shows its settings, those too that it has worked out', async () => {
    const run = archbench('serve', '--mode', 'pooled', '--port', '0', '--workers', '3');
    await portOf(run);
    assert.match(run.stdout, / \(workers=3 cpuLimit=2 queue=768\)\n$/);
    run.process.kill('SIGTERM');
    assert.equal(await run.ended, 0);
  });

  it('says what it waits for when it takes time to end, and that nobody has to', async () => {
    const run = archbench('serve', '--mode', 'reactor', '--port', '0', '--grace', '40s');
    const port = await portOf(run);
    const connections = await Promise.all([RawConnection.open(port), RawConnection.open(port)]);
    for (const connection of connections) await connection.send(get('/60000'));
    await begun(port, 3);
    run.process.kill('SIGINT');
    await eventually('the line', () => run.stderr.endsWith('\n'));
    assert.equal(run.stderr, 'draining 2 connections, for up to 40s; Ctrl-C ends them at once\n');
    run.process.kill('SIGINT');
    assert.equal(await run.ended, 130);
    for (const connection of connections) connection.socket.destroy();
  });

  it('ends at once at the second signal', async () => {
    const run = archbench('serve', '--mode', 'event-loop', '--port', '0');
    const port = await portOf(run);
    using connection = await RawConnection.open(port);
    await connection.send(get('/60000'));
    await begun(port, 2);
    run.process.kill('SIGTERM');
    // By then nobody takes another one for the same.
    await eventually('it says that it waits', () => run.stderr.includes('draining'));
    run.process.kill('SIGTERM');
    assert.equal(await run.ended, 143);
  });

  it('takes a signal that comes twice for one: to the group, and passed on by what has started it', async () => {
    const run = archbench('serve', '--mode', 'event-loop', '--port', '0');
    const port = await portOf(run);
    using connection = await RawConnection.open(port);
    await connection.send(get('/200'));
    await begun(port, 2);
    run.process.kill('SIGTERM');
    // Of two of one kind the kernel itself may make one.
    run.process.kill('SIGINT');
    assert.equal((await connection.response()).status, 200);
    assert.equal(await run.ended, 0);
  });

  it('leaves no server behind when it is killed while the server starts', { skip: !existsSync('/proc') }, async () => {
    const run = archbench('serve', '--mode', 'pooled', '--port', '0');
    const server = await serverOf(run);
    run.process.kill('SIGKILL');
    await run.ended;
    await untilGone(server);
  });

  it(
    'leaves no server behind when two signals come while the server starts',
    { skip: !existsSync('/proc') },
    async () => {
      const run = archbench('serve', '--mode', 'pooled', '--port', '0');
      const server = await serverOf(run);
      run.process.kill('SIGTERM');
      run.process.kill('SIGINT');
      await run.ended;
      await untilGone(server);
    },
  );

  it('says so when the server is killed before it listens', { skip: !existsSync('/proc') }, async () => {
    const run = archbench('serve', '--mode', 'pooled', '--port', '0');
    process.kill(await serverOf(run), 'SIGKILL');
    assert.equal(await run.ended, 1);
    assert.equal(run.stderr, 'error: the server process ended before it listened (SIGKILL)\n');
  });

  it('outlives a lack of descriptors when each connection needs a thread', { skip: !existsSync('/proc') }, async () => {
    const child = spawn(
      '/bin/sh',
      ['-c', 'ulimit -n 160 && exec "$@"', 'sh', process.execPath, main, 'serve', '--mode', 'threaded', '--port', '0'],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const run = watch(child);
    const port = await portOf(run);
    const connections = await Promise.all(Array.from({ length: 40 }, () => RawConnection.open(port)));
    // None of them has said anything: who is closed was refused.
    await Promise.any(connections.map((connection) => connection.end()));
    for (const connection of connections) connection.socket.destroy();
    const stats = await eventually('it serves again', () =>
      fetchOnce(port, '/stats').then(
        ({ body }) => JSON.parse(body.toString()) as ServerStats,
        () => undefined,
      ),
    );
    assert.ok(stats.connections.rejected > 0);
    assert.match(run.stderr, /^warn: no thread can be started, connections are closed: .*\n/m);
    child.kill('SIGTERM');
    assert.equal(await run.ended, 0);
  });

  it('waits no longer than the grace time', async () => {
    const run = archbench('serve', '--mode', 'event-loop', '--port', '0', '--grace', '100ms');
    using connection = await RawConnection.open(await portOf(run));
    await connection.send(get('/60000'));
    run.process.kill('SIGTERM');
    assert.equal(await run.ended, 0);
  });

  it('says in one sentence what is wrong', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    const rows: [argv: string[], code: number, message: RegExp][] = [
      [['--mode', 'event-loop', '--port', String(port)], 1, /^error: port \d+ of 127\.0\.0\.1 is in use\n$/],
      [['--mode', 'pooled', '--port', String(port)], 1, /^error: port \d+ of 127\.0\.0\.1 is in use\n$/],
      [['--mode', 'evnt-loop'], 2, /^error: unknown mode 'evnt-loop', did you mean 'event-loop'\?\n/],
      [['--mode', 'pooled', '--set', 'worker=2'], 2, /^error: mode 'pooled' has no setting 'worker', did you mean/],
      [['--mode', 'pooled', '--set', 'workers=x'], 2, /^error: setting 'workers' of mode 'pooled' expects a whole/],
      [['--mode', 'event-loop', '--workers', '4'], 2, /^error: mode 'event-loop' has no setting 'workers'/],
      [['--mode', 'threaded', '--set', 'spareThreads=9', 'maxThreads=8'], 2, /^error: spareThreads=9 is more than/],
      [['--mode', 'single', '--port', '70000'], 2, /^error: --port expects a number from 0 to 65535, found '70000'\n/],
      [['--mode', 'single', '--grace', 'soon'], 2, /^error: --grace expects a duration/],
      [['--mode', 'single', '--grace', '9999999s'], 2, /^error: --grace expects a duration .* at most 24h/],
      [
        ['--mode', 'single', '--set', 'idleTimeout=0'],
        2,
        /^error: setting 'idleTimeout' .* from 1ms to 24h, found '0'/,
      ],
      [['--mode', 'single', '--set', 'idleTimeout=999h'], 2, /^error: setting 'idleTimeout' .* from 1ms to 24h/],
      [['--mode', 'single', '--log-level', 'loud'], 2, /^error: --log-level expects error, warn, info, debug/],
      [['--mode', 'pooled', '--host', ''], 2, /^error: --host expects an address or a host name, found nothing\n$/],
      [['--mode', 'pooled', '--host', 'fe80::1'], 2, /^error: 'fe80::1' is a link-local address/],
      [['--mode', 'pooled', '--host', 'ff02::1'], 2, /^error: 'ff02::1' is a multicast or broadcast address/],
      [['--mode', 'event-loop', '--host', '224.0.0.1'], 2, /^error: '224\.0\.0\.1' is a multicast or broadcast/],
      [['--mode', 'event-loop', '--host', '192.0.2.1', '--port', '0'], 1, /^error: 192\.0\.2\.1 is not an address of/],
    ];
    const runs = rows.map(([argv]) => archbench('serve', ...argv));
    for (const [i, [argv, code, message]] of rows.entries()) {
      const run = runs[i] as Run;
      assert.equal(await run.ended, code, `${argv.join(' ')}: ${run.stderr}`);
      assert.match(run.stderr, message);
      assert.doesNotMatch(run.stderr, /\n\s+at /);
      assert.equal(run.stdout, '');
    }
    blocker.close();
  });
});

describe('archbench drill --mode', { timeout: 60_000 }, () => {
  after(() => {
    for (const child of started) child.kill('SIGKILL');
  });

  it('takes Ctrl-C while its server starts for what it is', { skip: !existsSync('/proc') }, async () => {
    const plan = fileURLToPath(new URL('../../../plans/sleep.yml', import.meta.url));
    const run = archbench('drill', plan, '--mode', 'pooled');
    const server = await serverOf(run);
    process.kill(-(run.process.pid as number), 'SIGINT');
    assert.equal(await run.ended, 130);
    assert.equal(run.stderr, '');
    await untilGone(server);
  });
});

describe('archbench drill --mode --app --protocol', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'archbench-drill-'));
  after(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'app.mjs'),
    `const headers = { 'Content-Type': 'application/json' };
export default () => ({ handle: ({ path }) => ({ status: 200, headers, body: JSON.stringify({ path }) }) });`,
  );
  writeFileSync(
    join(folder, 'plan.yml'),
    `base: tcp://127.0.0.1:1
plan:
  - name: ask
    call: { target: /here }
    assign: reply
  - name: told
    assert: { key: reply.body.path, value: /here }
`,
  );

  it('shows what an application prints at once, whatever its threads wait for, and goes on when nobody reads it', async () => {
    const modules = mkdtempSync(join(tmpdir(), 'archbench-printing-'));
    const app = join(modules, 'printing.mjs');
    writeFileSync(
      app,
      "export default () => ({ handle({ path }) { console.log('asked for', { path }); return { status: 200 }; } });",
    );
    for (const architecture of await architectures.all()) {
      if (architecture.unsupported?.() !== undefined) continue;
      const run = archbench('serve', '--mode', architecture.id, '--port', '0', '--app', app, '--set', 'rehearse=false');
      await fetchOnce(await portOf(run), '/once');
      await eventually(`the line of ${architecture.id}`, () => run.stderr.includes("asked for { path: '/once' }"));
      run.process.stderr?.destroy();
      for (const path of ['/unread', '/again']) assert.equal((await fetchOnce(await portOf(run), path)).status, 200);
      run.process.kill();
      assert.equal(await run.ended, 0);
    }
    rmSync(modules, { recursive: true });
  });

  it('drives an application that speaks frames', async () => {
    const plan = join(folder, 'plan.yml');
    const app = join(folder, 'app.mjs');
    const run = archbench('drill', plan, '--mode', 'reactor', '--app', app, '--protocol', 'frames', '--stats');
    assert.equal(await run.ended, 0, run.stderr);
    assert.match(run.stdout, /Successful requests +1\b/);
  });

  it('needs an architecture that serves', async () => {
    const run = archbench('drill', join(folder, 'plan.yml'), '--protocol', 'frames');
    assert.equal(await run.ended, 2);
    assert.match(run.stderr, /^error: --app and --protocol need --mode/);
  });
});

describe('archbench modes', () => {
  it('lists every architecture with one line each, of a narrow terminal', async () => {
    const run = archbench('modes');
    assert.equal(await run.ended, 0);
    const listed = run.stdout.trimEnd().split('\n');
    assert.deepEqual(
      listed.map((line) => line.split(' ')[0]),
      architectures.ids(),
    );
    assert.deepEqual(
      listed.filter((line) => line.length > 80 && !line.includes('; not here: ')),
      [],
    );
  });

  it('breaks no word where the terminal is narrower', async () => {
    const { stdout: wrapped } = await runCli(['modes'], { terminal: true, columns: 50 });
    assert.deepEqual(
      wrapped.split('\n').filter((line) => line.length > 50),
      [],
    );
    const { stdout: whole } = await runCli(['modes']);
    assert.deepEqual(wrapped.split(/\s+/), whole.split(/\s+/));
    assert.match(wrapped, /^pooled {8}acceptor, .*\n {14,}\S/m);
  });

  it('lists the settings of one, by its name or another, within the width of the terminal', async () => {
    const { stdout } = await runCli(['modes', 'epoll'], { terminal: true, columns: 70 });
    assert.match(stdout.replaceAll(/\n {5,}/g, ' '), /^reactor {2}.* \(readiness, also called epoll\)\n/);
    assert.match(stdout, /^ {2}workers=1 +threads/m);
    assert.match(stdout, /^ {2}idleTimeout=1m +how long/m);
    assert.deepEqual(
      stdout.split('\n').filter((line) => line.length > 70),
      [],
    );
    const { stderr, exitCode } = await runCli(['modes', 'epol']);
    assert.deepEqual([exitCode, stderr.split('\n')[0]], [2, "error: unknown mode 'epol', did you mean 'epoll'?"]);
  });

  it('tells settings and aliases in JSON', async () => {
    const run = archbench('modes', '--json');
    assert.equal(await run.ended, 0);
    const modes = JSON.parse(run.stdout) as { id: string; aliases: string[]; settings: Record<string, unknown> }[];
    const pooled = modes.find((mode) => mode.id === 'pooled');
    assert.deepEqual(pooled?.aliases, ['hybrid']);
    assert.ok(pooled !== undefined && 'cpuLimit' in pooled.settings && 'maxConnections' in pooled.settings);
  });
});
