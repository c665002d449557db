import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';
import { PlanFolder } from '../support/drill.js';
import { runCli } from '../support/fake-io.js';

const version = (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;

describe('archbench command line', () => {
  it('prints its version and exits 0', async () => {
    assert.deepEqual(await runCli(['--version']), { exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints help on stdout and exits 0 when asked for it', async () => {
    const { exitCode, stdout, stderr } = await runCli(['--help']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^Usage: archbench /);
    assert.equal(stderr, '');
  });

  it('prints help on stderr and exits 2 when nothing is asked', async () => {
    const { exitCode, stdout, stderr } = await runCli([]);
    assert.equal(exitCode, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^Usage: archbench /);
  });

  it('names the nearest command for a misspelt one', async () => {
    const { exitCode, stderr } = await runCli(['mode']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^error: unknown command 'mode'\n\(Did you mean modes\?\)/);
  });

  it('names the nearest command also to whoever wants help with it', async () => {
    const { exitCode, stdout, stderr } = await runCli(['help', 'serv']);
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /^error: unknown command 'serv', did you mean 'serve'\?/);
  });

  it('says what is wrong with an option of drill before anything else', async () => {
    for (const [option, value] of [
      ['--transport', 'ring'],
      ['--output', 'x.foo'],
    ] as const) {
      const { exitCode, stdout, stderr } = await runCli(['drill', 'plans/quick.yml', option, value], {
        cwd: process.cwd(),
      });
      assert.deepEqual([exitCode, stdout], [2, '']);
      assert.match(stderr, /^error: (unknown transport 'ring', did you mean 'uring'\?|--output x\.foo: the ending)/);
    }
  });

  it('refuses more generator threads than the processors can be of use for', async () => {
    const most = Math.max(16, 4 * availableParallelism());
    for (const argv of [
      ['drill', 'plans/quick.yml', '--threads'],
      ['hit', 'http://127.0.0.1:1', '-n', '1', '--threads'],
    ]) {
      const refused = await runCli([...argv, String(most + 1)], { cwd: process.cwd() });
      assert.deepEqual([refused.exitCode, refused.stdout], [2, '']);
      assert.match(
        refused.stderr,
        new RegExp(`^error: --threads ${most + 1}: with \\d+ processors? at most ${most} generator threads are of use`),
      );
    }
    const taken = await runCli(['hit', 'http://127.0.0.1:1', '-n', '1', '--threads', String(most)]);
    assert.match(taken.stderr, /^error: not one request was answered: /m);
  });

  it('names the nearest option for a misspelt one that is required', async () => {
    for (const [argv, meant] of [
      [['serve', '--mod', 'reactor'], '--mode'],
      [['sweep', 'plan.yml', '--vari', 'concurrency=1..4'], '--vary'],
      [['capacity', 'plan.yml', '--sl', 'p99 < 1s'], '--slo'],
    ] as const) {
      const { exitCode, stderr } = await runCli(argv);
      assert.equal(exitCode, 2);
      assert.match(
        stderr,
        new RegExp(
          `^error: unknown option '${argv.find((word) => word.startsWith('--'))}'\\n\\(Did you mean ${meant}\\?\\)`,
        ),
      );
    }
    const rows: [argv: string[], message: RegExp][] = [
      [['sweep', 'plan.yml'], /^error: required option '--vary <load>' not specified\n/],
      [['serve'], /^error: serve needs a --mode, one of: cluster, completion, .*, threaded\n$/],
    ];
    for (const [argv, message] of rows) {
      const { exitCode, stderr } = await runCli(argv);
      assert.equal(exitCode, 2);
      assert.match(stderr, message);
    }
  });

  it('breaks no word of a message on a terminal, and no line elsewhere', async () => {
    const argv = ['serve', '--mode', 'single', '--set', 'nothing=1'];
    const narrow = (await runCli(argv, { terminal: true, columns: 40 })).stderr.trimEnd().split('\n');
    assert.ok(narrow.length > 3);
    assert.deepEqual(
      narrow.filter((line) => line.length > 40),
      [],
    );
    const whole = (await runCli(argv, { columns: 40 })).stderr.trimEnd().split('\n');
    assert.equal(whole.length, 2);
    assert.equal(narrow.map((line) => line.trim()).join(' '), whole.join(' '));
  });

  it('shows the control characters of a broken file as signs, and the lines of a plan as lines', async () => {
    using folder = new PlanFolder({
      'result.json': '\u001B[31m\n{',
      'plan.yml': 'plan:\n  - name: "\u001B[31m"\n\trequst: {}\n',
    });
    const report = await runCli(['report', 'result.json'], { cwd: folder.path });
    assert.match(report.stderr, /^error: result\.json is no JSON: .*'?␛'?.*\n.*\n$/u);
    const drilled = await folder.drill(['plan.yml']);
    assert.match(drilled.stderr, /^error: the plan has .*\nplan\.yml:\d+:\d+: error: .*\n {4}\d \| .*\n/u);
    for (const { stderr } of [report, drilled]) assert.doesNotMatch(stderr, /[^\P{Cc}\n\t]/u);
  });

  it('says which option is unknown', async () => {
    const { exitCode, stderr } = await runCli(['modes', '--bogus']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^error: unknown option '--bogus'/);
  });
});
