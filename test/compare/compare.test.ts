import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Candidate, Drive } from '../../src/compare/candidate.js';
import { compare } from '../../src/compare/compare.js';
import { mergeReports } from '../../src/compare/merge-reports.js';
import { mergeLatency, worstHealth } from '../../src/compare/merge.js';
import type { DrillReport } from '../../src/core/results.js';
import { ManualClock } from '../support/manual-clock.js';
import { drillReport, environment, stepResult } from '../support/reports.js';

const candidate = (id: string): Candidate => ({
  id,
  start: () => Promise.resolve({ base: id, settings: { workers: 2 }, close: () => Promise.resolve() }),
});

/** Plays the given reports of each candidate, one a round. */
function play(reports: Readonly<Record<string, readonly DrillReport[]>>): Drive {
  const played: Record<string, number> = {};
  return (base) => {
    const round = played[base] ?? 0;
    played[base] = round + 1;
    return Promise.resolve(reports[base]?.[round] as DrillReport);
  };
}

const options = {
  rounds: 3,
  seed: 1,
  warmupMs: 0,
  clock: new ManualClock(),
  signal: new AbortController().signal,
  plan: { path: 'p.yml', hash: '0' },
  argv: [],
  environment,
  startedAt: '2026-01-02T03:04:05.000Z',
  skipped: [{ id: 'completion', reason: 'no io_uring here' }],
};

describe('compare', () => {
  it('says who is missing when its first round is cut off', async () => {
    const abort = new AbortController();
    const drive: Drive = () => {
      abort.abort();
      return Promise.resolve(drillReport(stepResult('step', [100]), { partial: true }));
    };
    const both = [candidate('a'), candidate('b')];
    const { candidates, warnings } = await compare(both, drive, { ...options, signal: abort.signal });
    const [measured] = candidates.map(({ id }) => id);
    const missing = measured === 'a' ? 'b' : 'a';
    assert.deepEqual(warnings, [`${missing}: not measured any more, so nothing is compared with it`]);
  });

  it('adds requests, merges latencies and takes the median rate of the rounds', async () => {
    const a = [
      drillReport(stepResult('step', [100, 100], { rps: 50 })),
      drillReport(
        stepResult('step', [200, 300], {
          rps: 90,
          failed: 1,
          requests: 3,
          errors: [{ class: 'reset', message: 'x', count: 1 }],
        }),
      ),
      drillReport(stepResult('step', [400], { rps: 60 }), {
        warnings: ['hot'],
        health: { verdict: 'WARN', reasons: ['busy'] },
      }),
    ];
    const report = await compare([candidate('a')], play({ a }), options);
    assert.equal(report.kind, 'compare');
    assert.equal(report.rounds, 3);
    assert.deepEqual(report.skipped, options.skipped);
    assert.equal(report.warnings[0], 'hot');
    assert.match(report.warnings[1] ?? '', /^a failed 16\.7 % of its requests/);
    const [only] = report.candidates;
    assert.equal(only?.requests, 6);
    assert.equal(only?.failed, 1);
    assert.equal(only?.rps, 60, 'of 90 requests/s in the second round a third failed');
    assert.equal(only?.latency.p50Us, 200);
    assert.equal(only?.latency.minUs, 100);
    assert.equal(only?.latency.maxUs, 400);
    assert.deepEqual(only?.errors, [{ class: 'reset', message: 'x', count: 1 }]);
    assert.deepEqual(
      only?.rounds.map(({ rps }) => rps),
      [50, 60, 60],
    );
    assert.deepEqual(only?.health, { verdict: 'WARN', reasons: ['busy'] });
    assert.deepEqual(
      only?.steps.map(({ name, requests }) => [name, requests]),
      [['step', 6]],
    );
    assert.deepEqual(only?.settings, { workers: 2 });
    assert.equal(only?.cost, undefined);
  });

  const skip = existsSync('/proc') ? false : 'needs /proc';
  it('calls a candidate INVALID whose server is gone after a drive', { skip }, async () => {
    const report = drillReport(stepResult('step', [1]));
    const dead: Candidate = {
      id: 'dead',
      start: () => Promise.resolve({ base: 'dead', pid: 2 ** 22 + 1, settings: {}, close: () => Promise.resolve() }),
    };
    const { candidates, warnings } = await compare([dead], play({ dead: [report, report, report] }), options);
    assert.deepEqual(candidates[0]?.health, {
      verdict: 'INVALID',
      reasons: ['the server ended while it was measured'],
    });
    assert.ok(warnings.includes('dead: the server ended in round 1'));
  });

  it('lists candidates in the order they were given, whatever the order they ran in', async () => {
    const report = drillReport(stepResult('step', [1]));
    const ids = ['d', 'a', 'c', 'b'];
    const all = Object.fromEntries(ids.map((id) => [id, [report, report, report]]));
    const { candidates } = await compare(ids.map(candidate), play(all), options);
    assert.deepEqual(
      candidates.map(({ id }) => id),
      ids,
    );
  });
});

/** A thousand requests of the same time, with every kind of time that a step can have. */
function storedDrill(seed: number, us: number): DrillReport {
  const times = Array.from({ length: 1000 }, () => us);
  const { histogram, latency } = stepResult('', times);
  const total = stepResult('s', times, {
    headersHistogram: histogram,
    service: latency,
    serviceHistogram: histogram,
    lateness: latency,
    latenessHistogram: histogram,
    late: 3,
    dropped: 1,
    checks: { passed: 10, failed: 2 },
  });
  return drillReport(total, {
    seed,
    series: [0, 1].map((second) => ({ second, requests: 500, failed: 0, p50Us: us, p99Us: us })),
    thresholds: [{ text: 'p99 < 250us', metric: 'p99', limit: 250, value: us, shown: `${us} µs`, met: us < 250 }],
  });
}

describe('merging stored drills', () => {
  const merged = mergeReports([storedDrill(1, 100), storedDrill(2, 300)]) as DrillReport;

  it('adds every histogram: to the headers, service time, lateness', () => {
    const { total } = merged;
    for (const latency of [total.latency, total.headersLatency, total.service, total.lateness])
      assert.deepEqual([latency?.p50Us, latency?.p99Us], [100, 300]);
    assert.deepEqual(
      [total.requests, total.late, total.dropped, total.checks],
      [2000, 6, 2, { passed: 20, failed: 4 }],
    );
  });

  it('puts the seconds in a row and judges thresholds by all of it', () => {
    assert.deepEqual(
      merged.series.map(({ second, p50Us }) => [second, p50Us]),
      [
        [0, 100],
        [1, 100],
        [2, 300],
        [3, 300],
      ],
    );
    assert.deepEqual(
      merged.thresholds?.map(({ met, value }) => [met, value]),
      [[false, 300]],
    );
  });

  it('counts no run twice, and says when the machines differ', () => {
    assert.throws(() => mergeReports([storedDrill(1, 100), storedDrill(1, 100)]), /is there twice/);
    const elsewhere = { ...storedDrill(2, 100), environment: { ...environment, cores: 64 } };
    assert.match(mergeReports([storedDrill(1, 100), elsewhere]).warnings.join(), /2 different environments/);
  });
});

describe('merging rounds', () => {
  it('takes percentiles of all samples, not of percentiles', () => {
    const fast = stepResult(
      's',
      Array.from({ length: 9900 }, () => 100),
    );
    const slow = stepResult(
      's',
      Array.from({ length: 200 }, () => 10_000),
    );
    const { latency } = mergeLatency([fast, slow, stepResult('s', [])]);
    assert.equal(latency.p50Us, 100);
    assert.ok(Math.abs(latency.p99Us - 10_000) < 10);
    assert.equal(latency.minUs, 100);
    assert.equal(mergeLatency([]).latency.maxUs, 0);
  });

  it('believes the worst health card', () => {
    assert.deepEqual(
      worstHealth([
        { verdict: 'WARN', reasons: ['x'] },
        { verdict: 'PASS', reasons: [] },
        { verdict: 'INVALID', reasons: ['y', 'x'] },
      ]),
      { verdict: 'INVALID', reasons: ['x', 'y'] },
    );
    assert.deepEqual(worstHealth([]), { verdict: 'PASS', reasons: [] });
  });
});
