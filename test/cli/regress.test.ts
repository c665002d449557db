import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ExitCode } from '../../src/core/errors.js';
import type { CompareReport, RegressReport } from '../../src/core/results.js';
import { runCli } from '../support/fake-io.js';
import { compareCandidate, compareReport, drillReport, stepResult } from '../support/reports.js';

const cwd = mkdtempSync(join(tmpdir(), 'archbench-regress-'));
after(() => rmSync(cwd, { recursive: true }));

const write = (name: string, value: unknown): void => writeFileSync(join(cwd, name), JSON.stringify(value));
const latencies = Array.from({ length: 500 }, (_, i) => 1000 + i);
write('base.json', compareReport([compareCandidate('server', latencies, { rps: 1000 })]));
write('same.json', compareReport([compareCandidate('server', latencies, { rps: 1001 })]));
write('other.json', compareReport([compareCandidate('other', latencies, { rps: 700 })], { seed: 44 }));
write('slow.json', compareReport([compareCandidate('server', latencies, { rps: 700 })], { seed: 43 }));
write('drill.json', drillReport(stepResult('s', latencies)));
write('drill-again.json', drillReport(stepResult('s', latencies), { seed: 2 }));
write('gossip.json', { kind: 'gossip' });
const { candidates: _candidates, ...hole } = compareReport([compareCandidate('server', latencies)]);
write('hole.json', hole);
write('text.json', compareReport([], { elapsedMs: 'long' as unknown as number }));
write('garbled.json', compareReport([compareCandidate('server', latencies, { histogram: '!!!' })]));
write('foreign.json', drillReport(stepResult('s', latencies, { failedHistogram: 'AAAA' })));
const both = ['a', 'b'].map((id) => compareCandidate(id, latencies));
write('pair.json', compareReport(both));
write('nobody.json', compareReport([]));
write('twins.json', compareReport([...both, compareCandidate('a', latencies)]));
writeFileSync(join(cwd, 'broken.json'), '{');
writeFileSync(join(cwd, 'marked.json'), `\uFEFF${readFileSync(join(cwd, 'base.json'), 'utf8')}`);
const plan = 'concurrency: 2\niterations: 20\nplan:\n  - name: json\n    request: { url: /json }\n';
writeFileSync(join(cwd, 'plan.yml'), plan);
writeFileSync(join(cwd, 'strict.yml'), `${plan}thresholds: ["p99 < 1us", "errors < 1%"]\n`);

const report = (...argv: readonly string[]) => runCli(['report', ...argv], { cwd });
const regress = (...argv: readonly string[]) => runCli(['regress', ...argv], { cwd });

describe('archbench regress', () => {
  it('fails with 98 when a stored result is slower than another, and says in what and by how much', async () => {
    const { exitCode, stdout } = await regress('base.json', 'slow.json');
    assert.equal(exitCode, ExitCode.regressed);
    assert.match(stdout, /^Slower$/m);
    assert.match(stdout, /all steps: requests\/s -30% \[-30%, -30%\] against server \(baseline\), 12 rounds/);
  });

  it('passes when nothing became slower', async () => {
    const { exitCode, stdout } = await regress('base.json', 'same.json');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^No regression$/m);
  });

  it('saves a baseline, holds a server against it, and judges the thresholds of the plan', async () => {
    const quickly = ['--modes', 'event-loop', '--rounds', '2', '--warmup', '0', '--probe', 'none', '--format', 'json'];
    const saved = await regress('plan.yml', '--save-baseline', 'new-base.json', ...quickly);
    assert.equal(saved.exitCode, 0, saved.stderr);
    assert.equal((JSON.parse(readFileSync(join(cwd, 'new-base.json'), 'utf8')) as CompareReport).rounds, 2);
    assert.ok(!existsSync(join(cwd, 'new-base.json.part')));
    const { exitCode, stdout } = await regress(
      'strict.yml',
      '--baseline',
      'new-base.json',
      '--allow-different-machine',
      ...quickly,
    );
    const result = JSON.parse(stdout) as RegressReport;
    assert.equal(exitCode, ExitCode.thresholdFailed);
    assert.deepEqual(
      result.thresholds.map(({ text, met }) => [text, met]),
      [
        ['p99 < 1us', false],
        ['errors < 1%', true],
      ],
    );
    assert.match(result.differences[0] ?? '', /^the plan has changed/);
    assert.ok(
      result.gates.every(({ verdict }) => verdict === 'inconclusive'),
      'two rounds tell nothing',
    );
    assert.match(result.warnings.join(), /2 rounds cannot find a regression/);
  });

  it('holds one candidate against another in the same rounds; only --strict minds that it cannot tell', async () => {
    const two = ['plan.yml', '--modes', 'event-loop,event-loop:workers=1', '--rounds', '1', '--warmup', '0'];
    const refused = await regress(...two);
    assert.match(refused.stderr, /mode 'event-loop' has no setting 'workers'/);
    const pair = [
      'plan.yml',
      '--modes',
      'event-loop,pooled',
      '--rounds',
      '2',
      '--warmup',
      '0',
      '--probe',
      'none',
      '--format',
      'json',
    ];
    assert.equal((await regress(...pair)).exitCode, 0);
    assert.equal((await regress(...pair, '--strict')).exitCode, ExitCode.inconclusive);
  });

  const mistakes: readonly (readonly [why: string, argv: readonly string[], message: RegExp])[] = [
    ['nothing to hold against', ['plan.yml', '--modes', 'single'], /needs something to hold the server against/],
    ['nobody to drive', ['plan.yml', '--baseline', 'base.json'], /nobody to drive: the plan has no base/],
    ['a missing baseline', ['plan.yml', '--baseline', 'none.json'], /cannot read none\.json/],
    ['a broken file', ['base.json', 'broken.json'], /broken\.json is no JSON/],
    ['a strange file', ['base.json', 'gossip.json'], /gossip\.json is no result of archbench/],
    [
      'a result without rounds',
      ['base.json', 'drill.json'],
      /drill\.json is a result of 'archbench drill', which has no rounds/,
    ],
    [
      'options that would do nothing',
      ['base.json', 'same.json', '--save-baseline', 'x.json'],
      /--save-baseline would do nothing: two stored/,
    ],
    [
      'a baseline without candidates',
      ['nobody.json', 'pair.json'],
      /no candidate in common\nthe baseline has no candidate; the other has a, b$/m,
    ],
    [
      'two candidates of one name',
      ['base.json', 'twins.json'],
      /twins\.json is .* two of its candidates are called 'a'$/m,
    ],
    ['one stored result', ['base.json'], /base\.json is a stored result: give the newer one too/],
    ['an unknown gate', ['base.json', 'same.json', '--gate', 'p98'], /unknown metric 'p98', did you mean 'p9[09]'/],
  ];
  for (const [why, argv, message] of mistakes) {
    it(`refuses ${why} in one sentence`, async () => {
      const { exitCode, stdout, stderr } = await regress(...argv);
      assert.match(stderr, message);
      assert.equal(exitCode, ExitCode.usage);
      assert.equal(stdout, '');
    });
  }
});

describe('archbench report', () => {
  it('renders a stored result again, in as many forms as wanted', async () => {
    const { exitCode, stdout } = await report(
      'base.json',
      '--format',
      'markdown',
      '-o',
      'a.csv',
      '-o',
      'a.bench.json',
      '-o',
      'markdown=a.txt',
    );
    assert.equal(exitCode, 0);
    assert.match(stdout, /^\| server \| 1 \| 1000 \|/m);
    assert.equal(readFileSync(join(cwd, 'a.txt'), 'utf8'), stdout);
    assert.match(readFileSync(join(cwd, 'a.csv'), 'utf8'), /^server,total,,500,0,1000,/m);
    assert.ok(Array.isArray(JSON.parse(readFileSync(join(cwd, 'a.bench.json'), 'utf8'))));
  });

  it('merges runs of one plan: rounds in a row, requests added', async () => {
    const merged = JSON.parse((await report('base.json', 'slow.json', '--format', 'json')).stdout) as CompareReport;
    assert.deepEqual(
      [merged.rounds, merged.candidates[0]?.requests, merged.candidates[0]?.rounds.length],
      [24, 1000, 24],
    );
    const drills = JSON.parse((await report('drill.json', 'drill-again.json', '--format', 'json')).stdout) as {
      total: { requests: number; rps: number };
    };
    assert.deepEqual([drills.total.requests, drills.total.rps], [1000, 500]);
  });

  it('reads a file that begins with a byte order mark', async () => {
    const { exitCode, stdout } = await report('marked.json');
    assert.deepEqual([exitCode, stdout], [0, (await report('base.json')).stdout]);
  });

  it('adds to the job summary of GitHub', async () => {
    const summary = join(cwd, 'summary.md');
    for (const _ of [1, 2])
      await runCli(['report', 'base.json', '--format', 'github'], { cwd, env: { GITHUB_STEP_SUMMARY: summary } });
    assert.equal(readFileSync(summary, 'utf8').match(/^## plans\/quick\.yml$/gm)?.length, 2);
  });

  it('tells of a job summary that cannot be written, and keeps the result', async () => {
    const env = { GITHUB_STEP_SUMMARY: join(cwd, 'nowhere', 'summary.md') };
    const { exitCode, stdout, stderr } = await runCli(['report', 'base.json', '--format', 'github'], { cwd, env });
    assert.equal(exitCode, 1);
    assert.match(stdout, /^::/m);
    assert.equal(stderr, `error: cannot write ${env.GITHUB_STEP_SUMMARY} (ENOENT)\n`);
  });

  const mistakes: readonly (readonly [why: string, argv: readonly string[], message: RegExp])[] = [
    [
      'an ending that says nothing',
      ['base.json', '-o', 'a.pdf'],
      /--output a\.pdf: the ending does not say which form/,
    ],
    ['a folder that is not there', ['base.json', '-o', 'no/such/a.json'], /there is no folder/],
    [
      'a result with a hole',
      ['hole.json'],
      /hole\.json is no whole result of archbench: it must have required property 'candidates'/,
    ],
    [
      'a histogram that is none',
      ['garbled.json', '--format', 'html'],
      /garbled\.json is no whole result of archbench: candidates\/0\/histogram must be a histogram$/m,
    ],
    [
      'a histogram of something else',
      ['foreign.json', '-o', 'z.hgrm'],
      /foreign\.json is no whole result of archbench: total\/failedHistogram must be a histogram$/m,
    ],
    ['a text for a number', ['text.json'], /text\.json is no whole result of archbench: elapsedMs must be number/],
    [
      'runs of different candidates',
      ['base.json', 'other.json'],
      /results of different candidates cannot be merged: server and other$/m,
    ],
    [
      'two candidates of one name',
      ['twins.json'],
      /^error: twins\.json is no result of archbench: two of its candidates are called 'a'$/m,
    ],
    ['a file that is not there', ['gone.json'], /cannot read gone\.json: there is no such file$/m],
    ['the same run twice', ['base.json', 'base.json'], /is there twice/],
    ['results of two kinds', ['base.json', 'drill.json'], /cannot be merged/],
  ];
  for (const [why, argv, message] of mistakes) {
    it(`refuses ${why}`, async () => {
      const { exitCode, stderr } = await report(...argv);
      assert.match(stderr, message);
      assert.equal(exitCode, ExitCode.usage);
    });
  }
});
