import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { CapacityReport, SweepReport } from '../../src/core/results.js';
import { runCli } from '../support/fake-io.js';

const cwd = mkdtempSync(join(tmpdir(), 'archbench-load-search-'));
after(() => rmSync(cwd, { recursive: true }));

writeFileSync(
  join(cwd, 'plan.yml'),
  'plan:\n  - name: login\n    request: { url: /json }\n  - name: list\n    request: { url: /json }\n',
);
const server = ['--modes', 'event-loop', '--warmup', '50ms', '--seed', '3', '--format', 'json'];

const search = (slo: string, ...more: readonly string[]): ReturnType<typeof runCli> =>
  runCli(['capacity', 'plan.yml', '--slo', slo, '--step', '200ms', ...more, ...server], { cwd });

describe('archbench sweep', () => {
  it('drives each load in each round, and says where it could not be believed', async () => {
    const argv = ['sweep', 'plan.yml', '--vary', 'concurrency=1,4', '--rounds', '2', '--step', '100ms'];
    const { exitCode, stdout, stderr } = await runCli([...argv, ...server], { cwd });
    assert.equal(exitCode, 0, stderr);
    const report = JSON.parse(stdout) as SweepReport;
    assert.deepEqual([report.kind, report.rounds, report.seed, report.vary], ['sweep', 2, 3, 'concurrency']);
    const [curve] = report.curves;
    assert.deepEqual(
      curve?.points.map(({ load, rpsByRound, failed }) => [load, rpsByRound.length, failed]),
      [
        [1, 2, 0],
        [4, 2, 0],
      ],
    );
    for (const { requests, rps, boundRps, health } of curve?.points ?? []) {
      assert.ok(requests > 0 && rps > 0);
      assert.ok(process.platform !== 'linux' || (boundRps ?? 0) > 0);
      assert.ok(['WARN', 'INVALID'].includes(health.verdict), 'server and generator share this machine');
    }
  });

  const mistakes: readonly (readonly [argv: readonly string[], message: RegExp])[] = [
    [['--vary', 'concurrency=1..1000000000'], /^error: --vary: concurrency 1000000000 is more than the 1000000/],
    [
      ['--vary', 'rate=1,3', '--step', '400ms'],
      /^error: --step 400ms is too short for 1\/s: 1 in it would be 2\.50\/s\nwhole seconds hold whole intervals: --step 1s$/m,
    ],
    [['--vary', 'concurrency=1,2', '--step', '0'], /^error: --step expects 10\.0 ms or more, found '0'/],
    [['--vary', 'clients=1,2'], /^error: --vary expects concurrency=1\.\.512/],
  ];
  for (const [argv, message] of mistakes)
    it(`blames the option, not the plan: ${argv.join(' ')}`, async () => {
      const { exitCode, stderr } = await runCli(['sweep', 'plan.yml', ...argv, ...server], { cwd });
      assert.equal(exitCode, 2);
      assert.match(stderr, message);
    });
});

describe('archbench capacity', () => {
  for (const [slo, message] of [
    ['p99 > 1ms', /^error: --slo: 'p99 > 1ms' is no upper limit: expected < or <=$/m],
    ['errors < 0%', /^error: --slo: 'errors < 0%' can never be met$/m],
    ['errors < 101%', /^error: --slo: 'errors < 101%' is always met$/m],
    ['p99 < 1s, rps > 300', /^error: --slo: 'rps > 300' is what is searched for: expected limits of times or errors$/m],
  ] as const)
    it(`refuses what no rate decides: ${slo}`, async () => {
      const { exitCode, stderr } = await search(slo);
      assert.equal(exitCode, 2);
      assert.match(stderr, message);
    });

  it('tries no rate beyond those that there are', async () => {
    const { exitCode, stderr } = await search('p99 < 1s', '--to', '2M');
    assert.deepEqual(
      [exitCode, stderr.split('\n')[0]],
      [2, "error: --to expects a whole number from 1 to 1000000, found '2M'"],
    );
  });

  it('says "or more" when it may try no higher rate, and counts iterations and requests apart', async () => {
    const { exitCode, stdout, stderr } = await search('errors < 100%', '--from', '20', '--to', '40');
    assert.equal(exitCode, 0, stderr);
    const { candidates } = JSON.parse(stdout) as CapacityReport;
    assert.deepEqual(
      candidates.map(({ id, sustainedRate, failedRate, limit }) => [id, sustainedRate, failedRate, limit]),
      [['event-loop', 40, undefined, 'end']],
    );
    assert.deepEqual(
      candidates[0]?.trials.map(({ rate, stage, met }) => [rate, stage, met]),
      [
        [20, 'growth', true],
        [40, 'growth', true],
        [40, 'confirmation', true],
      ],
    );
    for (const { rate, requests } of candidates[0]?.trials ?? [])
      assert.ok(requests >= 2 * 0.2 * rate, 'two requests an iteration, a fifth of a second long');
  });

  it('ends with 99 when a candidate sustains no rate', async () => {
    const { exitCode, stdout } = await search('p99 < 1us', '--from', '5');
    assert.equal(exitCode, 99);
    const [only] = (JSON.parse(stdout) as CapacityReport).candidates;
    assert.deepEqual([only?.sustainedRate, only?.limit], [0, 'objective']);
    assert.match(only?.limitedBy ?? '', /^p99 < 1us: /);
  });

  it('refuses an objective of a step that the plan does not run', async () => {
    const { exitCode, stderr } = await search("step 'logn' p99 < 50ms");
    assert.equal(exitCode, 2);
    assert.match(stderr, /--slo: the plan runs no step 'logn', did you mean 'login'\?/);
  });
});
