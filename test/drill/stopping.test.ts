import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../src/cli/run.js';
import { systemClock } from '../../src/core/clock.js';
import { stillRunning } from '../../src/compare/process-tree.js';
import type { DrillReport } from '../../src/core/results.js';
import { drill, PlanFolder } from '../support/drill.js';
import { eventually } from '../support/eventually.js';
import { FakeIo } from '../support/fake-io.js';
import { LoggingServer } from '../support/logging-server.js';
import { PseudoTerminal } from '../support/pseudo-terminal.js';

// A run that ends before its end keeps everything that was measured.

const main = join(import.meta.dirname, '../../src/cli/main.js');

const server = await LoggingServer.start();
after(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.forget();
  server.respond = () => ({});
});

const plan = (head: string, ...steps: readonly string[]): string =>
  `base: ${server.url}\n${head}\nplan:\n${steps.map((step) => `  - name: step\n    ${step}\n`).join('')}`;

describe('an interrupt', () => {
  it('lets what is in flight finish, prints the partial report, exits 130', async () => {
    using folder = new PlanFolder({ 'plan.yml': plan('iterations: 1000\nconcurrency: 2', 'request: { url: / }') });
    const fake = new FakeIo(['drill', 'plan.yml', '--format', 'json'], { cwd: folder.path });
    server.respond = () => {
      if (server.requests.length === 50) fake.signal('SIGINT');
      return {};
    };
    const exitCode = await run(fake.io);
    const report = JSON.parse(fake.stdoutText) as DrillReport;
    assert.equal(exitCode, 130);
    assert.equal(report.partial, true);
    assert.equal(report.total.ok, server.requests.length);
    assert.equal(report.total.failed, 0);
    assert.ok(report.total.ok >= 50 && report.total.ok <= 52, String(report.total.ok));
  });

  it('cuts off what does not finish within the grace time, counts it, ends waits and commands', async () => {
    using folder = new PlanFolder({
      'plan.yml': plan('iterations: 3', 'request: { url: "/{{ iteration }}" }', 'delay: { seconds: 3000 }'),
      'command.yml': plan('', 'request: { url: / }', 'exec: { command: "sleep 3000; echo never" }'),
    });
    const fake = new FakeIo(['drill', 'plan.yml', '-q', '--grace', '50ms'], { cwd: folder.path });
    server.respond = ({ url }) => {
      if (server.requests.length === 3) fake.signal('SIGTERM');
      return url === '/1' ? { stall: true } : {};
    };
    assert.equal(await run(fake.io), 143);
    assert.match(fake.stdoutText, /^Total requests {12}3$/m);
    assert.match(fake.stdoutText, /^Failed requests {11}1$/m);
    assert.match(fake.stdoutText, /aborted/);
    server.forget();
    const command = new FakeIo(['drill', 'command.yml', '--grace', '50ms'], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'] },
    });
    server.respond = () => {
      setTimeout(() => command.signal('SIGINT'), 50);
      return {};
    };
    assert.equal(await run(command.io), 130);
    assert.match(command.stdoutText, /^Successful requests {7}1$/m);
  });
});

describe('a terminal that is closed', () => {
  const skip = process.platform === 'linux' ? false : 'needs the terminals of Linux';
  it('ends the run early, with exit 129; what was measured is in its file', { skip }, async () => {
    using folder = new PlanFolder({ 'plan.yml': plan('iterations: 1000000\nconcurrency: 2', 'request: { url: / }') });
    const terminal = new PseudoTerminal();
    const archbench = spawn(process.execPath, [main, 'drill', 'plan.yml', '-q', '--output', 'result.json'], {
      cwd: folder.path,
      stdio: [terminal.end, terminal.end, terminal.end],
    });
    const ended = once(archbench, 'exit');
    await eventually('it is measured', () => server.requests.length >= 50);
    terminal.close();
    archbench.kill('SIGHUP');
    assert.deepEqual(await ended, [129, null]);
    const report = JSON.parse(folder.read('result.json')) as DrillReport;
    assert.equal(report.partial, true);
    assert.equal(report.total.ok, server.requests.length);
  });
});

describe('the grace time', () => {
  it('is a day at most', async () => {
    const { exitCode, stderr } = await drill(plan('', 'request: { url: / }'), ['--grace', '25h']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^error: --grace expects a duration such as 5s or 500ms, at most 24h, found '25h'$/m);
  });
});

describe('a command of the plan', () => {
  const skip = process.platform === 'linux' ? false : 'needs /proc';
  it('ends with archbench, however that ends', { skip }, async () => {
    for (const signals of [['SIGKILL'], ['SIGINT', 'SIGINT']] as const) {
      using folder = new PlanFolder({
        'plan.yml': plan('', "exec: { command: 'echo $$ > started; sleep 3000; echo x' }"),
      });
      const archbench = spawn(process.execPath, [main, 'drill', 'plan.yml', '--grace', '1h'], {
        cwd: folder.path,
        stdio: 'ignore',
      });
      const ended = once(archbench, 'exit');
      const pid = await eventually('the command runs', () => {
        const [line = ''] = existsSync(join(folder.path, 'started')) ? folder.read('started').split('\n') : [];
        return Number(line) || undefined;
      });
      for (const signal of signals) {
        archbench.kill(signal);
        // Two signals at once count as one.
        await sleep(400);
      }
      await ended;
      await eventually('the command has ended', () => stillRunning([pid]).length === 0);
    }
  });
});

describe('an assert that fails in the middle', () => {
  it('leaves the statistics of what ran until then, and a report that is whole', async () => {
    server.respond = ({ url }) => ({ body: `{"n":${url === '/499' ? 1 : 0}}` });
    using folder = new PlanFolder({
      'plan.yml': plan(
        'iterations: 1000\nconcurrency: 1',
        "request: { url: '/{{ iteration }}' }\n    assign: r",
        'assert: { key: r.body.n, value: 0 }',
      ),
    });
    const { exitCode, stdout, stderr } = await folder.drill(['plan.yml', '-q', '--stats', '--output', 'report.json']);
    assert.equal(exitCode, 1);
    assert.match(stderr, /assertion failed in step 'step', iteration 499: expected r\.body\.n to be '0', it is '1'/);
    assert.match(stdout, /^Total requests {12}500$/m);
    const report = JSON.parse(folder.read('report.json')) as DrillReport;
    assert.deepEqual([report.total.requests, report.partial], [500, true]);
    assert.match(report.stopped ?? '', /iteration 499/);
  });
});

describe('a server that never answers', () => {
  it('fails every request, and the statistics are whole', async () => {
    server.respond = () => ({ stall: true });
    const { exitCode, stdout } = await drill(plan('iterations: 5', 'request: { url: / }'), ['-qs', '-o', '0.1']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^Failed requests {11}5$/m);
    assert.match(stdout, /timeout/);
  });

  it('that closes in mid-response is a failed request too', async () => {
    server.respond = () => ({ raw: 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc' });
    const { stdout } = await drill(plan('iterations: 3', 'request: { url: / }'), ['--format', 'json']);
    const { total } = JSON.parse(stdout) as DrillReport;
    assert.deepEqual([total.ok, total.failed, total.errors[0]?.class, total.errors[0]?.count], [0, 3, 'reset', 3]);
  });
});

describe('a plan that can send nothing', () => {
  it('ends with one sentence when its base is no URL, however many iterations there are', async () => {
    for (const load of [
      'duration: 30s\nconcurrency: 4',
      'iterations: 100000\nconcurrency: 8',
      'rate: 1000/s\nduration: 30s',
    ]) {
      const { exitCode, stderr } = await drill(
        `base: 127.0.0.1:8080\n${load}\nplan:\n  - name: step\n    request: { url: / }\n`,
      );
      assert.equal(exitCode, 2, load);
      assert.match(
        stderr,
        /error: '127\.0\.0\.1:8080\/' is not a URL that begins with http:\/\/ or https:\/\/$/m,
        load,
      );
    }
  });

  it('still hears an interrupt when no step ever waits', async () => {
    for (const steps of ['assign: { key: a, value: b }', 'request: { url: "ftp://127.0.0.1/" }'])
      for (const load of ['duration: 1h\nconcurrency: 4', 'rate: 1000000/s\nduration: 1h']) {
        using folder = new PlanFolder({ 'plan.yml': plan(load, steps) });
        let looks = 0;
        const now = (): number => {
          looks += 1;
          // Iterations are on their way by then. The signal comes only if they let the event loop have its turn.
          if (looks === 10_000) setImmediate(() => fake.signal('SIGINT'));
          return systemClock.now();
        };
        const fake = new FakeIo(['drill', 'plan.yml', '-q'], { cwd: folder.path, clock: { ...systemClock, now } });
        assert.equal(await run(fake.io), 130, `${load} ${steps}`);
      }
  });
});
