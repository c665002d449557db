import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { run } from '../../src/cli/run.js';
import type { CompareReport } from '../../src/core/results.js';
import { ExitCode } from '../../src/core/errors.js';
import { FakeIo, runCli } from '../support/fake-io.js';

const cwd = mkdtempSync(join(tmpdir(), 'archbench-compare-'));
after(() => rmSync(cwd, { recursive: true }));

writeFileSync(
  join(cwd, 'plan.yml'),
  `base: http://127.0.0.1:1
concurrency: 4
iterations: 20
plan:
  - name: json
    request: { url: /json }
  - name: missing
    request: { url: /nowhere }
`,
);

const quick = ['--warmup', '0', '--seed', '5'];

writeFileSync(
  join(cwd, 'app.mjs'),
  "export default () => ({ handle: ({ path }) => ({ status: path === '/nowhere' ? 200 : 404, body: 'ours' }) });",
);

describe('archbench compare', () => {
  it('compares architectures that serve an application', async () => {
    const argv = ['compare', 'plan.yml', '--modes', 'event-loop', '--app', 'app.mjs', '--rounds', '1'];
    const { exitCode, stdout, stderr } = await runCli([...argv, '--format', 'json', ...quick], { cwd });
    assert.equal(exitCode, 0, stderr);
    const report = JSON.parse(stdout) as CompareReport;
    assert.deepEqual(
      report.candidates[0]?.steps.map(({ name, requests, failed }) => [name, requests, failed]),
      [
        ['json', 20, 20],
        ['missing', 20, 0],
      ],
    );
  });

  it('leaves out who is not certain to serve as many connections as the calls of a plan hold', async () => {
    for (const [file, call] of [
      ['own.yml', 'target: /json'],
      ['shared.yml', 'target: /json, connections: 1'],
    ] as const)
      writeFileSync(join(cwd, file), `concurrency: 3\niterations: 6\nplan:\n  - name: a\n    call: { ${call} }\n`);
    const modes = 'event-loop,shared-queue:workers=2,shared-queue:workers=3';
    const skippedOf = async (file: string): Promise<CompareReport['skipped']> => {
      const argv = ['compare', file, '--modes', modes, '--rounds', '1', '--format', 'json', ...quick];
      const { exitCode, stdout, stderr } = await runCli(argv, { cwd });
      assert.equal(exitCode, 0, stderr);
      return (JSON.parse(stdout) as CompareReport).skipped;
    };
    const reason =
      "a connection of frames keeps its thread: 2 are certain to be served at once, and the plan's calls hold 3";
    assert.deepEqual(await skippedOf('own.yml'), [{ id: 'shared-queue:workers=2', reason }]);
    assert.deepEqual(await skippedOf('shared.yml'), []);
  });

  it('starts each mode, drives it once a round and sets them side by side', async () => {
    const argv = [
      'compare',
      'plan.yml',
      '--modes',
      'event-loop,pooled:workers=1',
      '--rounds',
      '2',
      '--format',
      'json',
      ...quick,
    ];
    const { exitCode, stdout, stderr } = await runCli(argv, { cwd });
    assert.equal(exitCode, 0, stderr);
    assert.equal(stderr, '', 'nothing but the result where there is no terminal');
    const report = JSON.parse(stdout) as CompareReport;
    assert.deepEqual([report.schemaVersion, report.kind, report.rounds, report.seed], [1, 'compare', 2, 5]);
    assert.deepEqual(report.argv, argv);
    assert.deepEqual(
      report.candidates.map(({ id }) => id),
      ['event-loop', 'pooled:workers=1'],
    );
    for (const { requests, failed, rps, latency, cost, steps, errors, rounds } of report.candidates) {
      assert.equal(requests, 80);
      assert.equal(failed, 40);
      assert.deepEqual(
        errors.map((error) => [error.class, error.count]),
        [['status-4xx', 40]],
      );
      assert.deepEqual(
        steps.map((step) => [step.name, step.requests, step.failed]),
        [
          ['json', 40, 0],
          ['missing', 40, 40],
        ],
      );
      assert.ok(rps > 0 && latency.p50Us > 0 && latency.p50Us <= latency.p90Us && latency.p99Us <= latency.maxUs);
      assert.ok(
        process.platform !== 'linux' || (cost !== undefined && cost.peakRssBytes > 1e6 && cost.peakThreads > 1),
      );
      assert.deepEqual(
        rounds.map(({ round }) => round),
        [1, 2],
      );
    }
    assert.equal(report.candidates[1]?.settings['workers'], 1);
  });

  it('prints a table, shows where it is on a terminal, and nothing of that remains', async () => {
    const fake = new FakeIo(['compare', 'plan.yml', '--modes', 'event-loop', '--rounds', '1', ...quick], {
      cwd,
      terminal: true,
    });
    assert.equal(await run(fake.io), 0);
    assert.match(fake.stdoutText, /^event-loop +1 /m);
    assert.match(fake.stderrText, /round 1\/1 .* event-loop: measuring/);
    assert.ok(fake.stderrText.endsWith('\r\u001B[K'));
    assert.equal(fake.listeners, 0);
  });

  it('keeps what it has when interrupted, and ends the server', async () => {
    writeFileSync(
      join(cwd, 'long.yml'),
      'concurrency: 2\niterations: 100000000\nplan:\n  - name: json\n    request: { url: /json }\n',
    );
    const fake = new FakeIo(['compare', 'long.yml', '--modes', 'event-loop', '--format', 'json', ...quick], {
      cwd,
      terminal: true,
    });
    const measuring = new Promise<void>((resolve) => {
      const { write } = fake.io.stderr;
      Object.assign(fake.io.stderr, {
        write: (text: string) => {
          write(text);
          // Told when the load begins: its first requests are on their way, and may end.
          if (text.includes('measuring')) resolve();
        },
      });
    });
    const ended = run(fake.io);
    await measuring;
    fake.signal('SIGINT');
    assert.equal(await ended, ExitCode.interrupted);
    const report = JSON.parse(fake.stdoutText) as CompareReport;
    assert.equal(report.partial, true);
    assert.ok((report.candidates[0]?.requests ?? 0) > 0);
    assert.doesNotMatch(fake.stdoutText, /the server ended/, 'it was there to the end of the drive');
  });

  const mistakes: readonly (readonly [why: string, argv: readonly string[], message: RegExp])[] = [
    ['an unknown mode', ['plan.yml', '--modes', 'pool'], /unknown mode 'pool', did you mean 'pooled'\?/],
    [
      'an unknown setting',
      ['plan.yml', '--modes', 'pooled:wrokers=2'],
      /no setting 'wrokers', did you mean 'workers'\?/,
    ],
    ['the same mode twice', ['plan.yml', '--modes', 'pooled,pooled'], /names 'pooled' twice/],
    [
      'the same mode twice, in two options',
      ['plan.yml', '--modes', 'single', '--modes', 'single'],
      /names 'single' twice/,
    ],
    ['an unknown format', ['plan.yml', '--format', 'jsn'], /unknown format 'jsn', did you mean 'json'\?/],
    ['no rounds', ['plan.yml', '--rounds', '0'], /--rounds expects a whole number from 1, found '0'/],
    ['an application for a target', ['plan.yml', '--target', 'a=http://127.0.0.1:1', '--app', 'a.mjs'], /--app needs/],
    ['a plan that is not there', ['none.yml', '--modes', 'single'], /none\.yml/],
  ];
  for (const [why, argv, message] of mistakes) {
    it(`refuses ${why} in one sentence, exit 2`, async () => {
      const { exitCode, stdout, stderr } = await runCli(['compare', ...argv], { cwd });
      assert.equal(exitCode, ExitCode.usage);
      assert.match(stderr, message);
      assert.equal(stdout, '');
      assert.doesNotMatch(stderr, / at /);
    });
  }
});
