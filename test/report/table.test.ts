import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { CompareCandidate } from '../../src/core/results.js';
import table from '../../src/report/reporters/table.js';
import { lineOf, plain } from '../support/plain-table.js';
import { reportExamples } from '../support/report-examples.js';
import { compareCandidate, compareReport, cost, drillReport, stepResult } from '../support/reports.js';

const repeat = (count: number, us: number): number[] => Array.from({ length: count }, () => us);

const comparison = compareReport(
  [
    compareCandidate('single', repeat(400, 1_400_000), {
      rps: 250,
      failed: 3,
      requests: 4003,
      errors: [{ class: 'reset', message: 'connection reset by peer', count: 3 }],
    }),
    compareCandidate('shared-queue', repeat(400, 3560), { rps: 98_000, cost: { ...cost, cpuUsPerRequest: 123.4 } }),
    compareCandidate('event-loop', repeat(400, 3180), { rps: 110_000, health: { verdict: 'WARN', reasons: ['late'] } }),
    compareCandidate('pooled', repeat(400, 3181), {
      rps: 110_020,
      cost: { ...cost, cpuUsPerRequest: 1234, peakThreads: 1234 },
    }),
  ],
  { skipped: [{ id: 'completion', reason: 'io_uring is forbidden here' }], partial: true },
);

describe('table of a comparison', () => {
  const text = plain(comparison);

  it('fits 80 columns', () => {
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > 80),
      [],
    );
  });

  it('has a row a candidate with units scaled per cell', () => {
    assert.equal(
      lineOf(text, 'shared-queue').replaceAll(/ +/g, ' '),
      'shared-queue 3 98.0k 3.56ms 3.56ms 3.56ms 3.56ms 0 123 96 12',
    );
    assert.match(lineOf(text, 'single'), /^single +4 +250 +1\.40s .* 3 +\*87\.4 /);
  });

  it('says of all who lead together by how much they do', () => {
    const candidates = [
      ['slow', 100],
      ['some', 200],
      ['most', 300],
    ].map(([id, rps]) => compareCandidate(String(id), repeat(10, 100), { rps: Number(rps) }));
    const ranks = [
      { id: 'most', rank: 1 },
      { id: 'some', rank: 1 },
      { id: 'slow', rank: 3 },
    ];
    const report = compareReport(candidates, { rankedBy: 'rps', rankings: [{ metric: 'rps', ranks }] });
    assert.match(
      plain(report).replaceAll(/\s+/g, ' '),
      /lead together .*: 2\.00 to 3\.00 times as many as slow, who follows\./,
    );
  });

  it('marks the best of each column and what reads the same', () => {
    assert.match(lineOf(text, 'event-loop'), /\*110k.*\*3\.18ms/);
    assert.match(lineOf(text, 'pooled'), /\*110k.*\*3\.18ms/);
    assert.doesNotMatch(lineOf(text, 'shared-queue'), /\*/);
    assert.match(text, /^\* best of its column, or not to be told from it$/m);
  });

  it('tells what ran, errors, health, what was skipped, and that it was interrupted, in that order', () => {
    const order = [
      'plans/quick.yml',
      'interleaved in random order, seed 42',
      '\nevent-loop',
      'connection reset by peer',
      'Health: WARN',
      'event-loop: late',
      'io_uring is forbidden here',
      'interrupted',
    ];
    const places = order.map((part) => text.indexOf(part));
    assert.ok(
      places.every((place, i) => place > (places[i - 1] ?? -1)),
      String(places),
    );
  });

  it('is plain when piped, and the same words in colour', () => {
    assert.equal(stripVTControlCharacters(text), text);
    const coloured = table.render(comparison, { colour: true, columns: 80 });
    assert.notEqual(coloured, text);
    assert.equal(stripVTControlCharacters(coloured).replaceAll(/ +$/gm, ''), text);
  });

  it('shows a dash where there is nothing to show', () => {
    const { cost: _, ...withoutCost } = compareCandidate('remote', [], { requests: 5, failed: 5 });
    const bare = plain(compareReport([withoutCost]));
    assert.deepEqual(lineOf(bare, 'remote').split(/\s+/), ['remote', '–', '0', '–', '–', '–', '–', '5', '–', '–', '–']);
  });

  it('marks percentiles of too few samples', () => {
    const few = plain(compareReport([compareCandidate('few', repeat(150, 1000))]));
    assert.match(lineOf(few, 'few'), / 1\.00 ?ms +1\.00 ?ms +~1\.00 ?ms /);
    assert.match(few, /p99 needs 368/);
  });

  it('says something sensible when nothing was measured', () => {
    const nothing = plain(compareReport([], { rounds: 0, partial: true }));
    assert.match(nothing, /0 rounds/);
    assert.match(nothing, /interrupted/);
  });
});

const words = (...candidates: readonly CompareCandidate[]): string =>
  plain(compareReport(candidates)).replaceAll(/\s+/g, ' ');

describe('table of a comparison in which somebody fails', () => {
  const served = { requests: 10_000, failed: 0 };
  const good = compareCandidate('good', repeat(400, 2000), { ...served, rps: 1500 });
  const slow = compareCandidate('slow', repeat(400, 4000), {
    ...served,
    rps: 1000,
    cost: { ...cost, cpuUsPerRequest: 180 },
  });
  const quick = { rps: 20_000, cost: { ...cost, cpuUsPerRequest: 12.7 } };
  const bad = compareCandidate('bad', repeat(400, 70), { ...quick, requests: 40_000, failed: 20_000 });
  const dead = compareCandidate('dead', [], { ...quick, rps: 0, requests: 40_000, failed: 40_000 });

  it('says that who fails less leads for that, not for figures that are worse', () => {
    const text = words(good, bad);
    assert.match(
      text,
      /Verdict good leads with 1500 requests\/s, because bad failed 50\.0 % of its requests\. good takes 87\.4 µs of processor time a request; bad 12\.7 µs, failed ones among them\. CPU/,
    );
    assert.match(text, /\* best of its column among those that failed less, or not to be told from it/);
  });

  it('says so of p99 where all are asked for the same rate', () => {
    const report = compareReport([good, bad], { rankedBy: 'p99' });
    assert.match(plain(report), /good leads with a p99 of 2\.00 ms, because bad failed 50\.0 % of its requests\./);
  });

  it('compares by figures those that failed less', () => {
    assert.match(
      words(good, bad, dead, slow),
      /Verdict good answers most requests among those that failed less: 1500 requests\/s, 1\.50 times as many as slow, who follows\. bad failed 50\.0 % of its requests and dead answered nothing as it should, so they come last\. good is cheapest: 87\.4 µs of processor time a request; slow takes 180 µs\. CPU/,
    );
  });

  it('says what a change is that is no win', () => {
    assert.match(words(good, bad), /~ may be smaller than matters, or better only for whoever failed more \(docs/);
    assert.match(words(good, slow), /~ may be smaller than matters \(docs/);
  });
});

describe('table of a comparison with several steps', () => {
  it('has the p99 of each step, with headings broken between words', () => {
    const text = plain(reportExamples.compare);
    assert.match(text, /^p99 of +login +list$/m);
    assert.match(lineOf(text.slice(text.indexOf('p99 of')), 'shared-queue'), /^shared-queue +39\.\d ms +59\d µs$/);
    assert.match(lineOf(text.slice(text.indexOf('p99 of')), 'event-loop'), /^event-loop +– +–$/);
  });
});

describe('table of a drill', () => {
  const wait = stepResult('wait', repeat(4000, 20_100));
  const json = stepResult('json', repeat(4000, 310), {
    failed: 2,
    requests: 4002,
    errors: [{ class: 'timeout', message: 'no answer within 10 s', count: 2 }],
  });
  const total = stepResult('total', [...repeat(4000, 310), ...repeat(4000, 20_100)], {
    failed: 2,
    errors: json.errors,
  });
  const report = drillReport(total, { steps: [wait, json] });

  it('has the percentiles of every step and of all, in 80 columns', () => {
    const text = plain(report);
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > 80),
      [],
    );
    assert.match(text, /^Latency +p50 +p90 +p95 +p99 +p99\.9 +max +mean +± dev$/m);
    assert.match(lineOf(text, 'wait'), /^wait +20\.1 ms +20\.1 ms/);
    assert.match(lineOf(text, 'total'), /^total +310 µs +20\.1 ms/);
    assert.match(text, /timeout +2 +no answer within 10 s/);
  });

  it('has min and p75 where there is room', () => {
    assert.match(plain(report, 120), /^Latency +min +p50 +p75 +p90 +p95 +p99 +p99\.9 +max +mean +± dev$/m);
  });

  it('says why it ended early: an interrupt, or what stopped it', () => {
    assert.match(plain({ ...report, partial: true }), /^  interrupted: this is what was measured until then$/m);
    const stopped = plain({ ...report, partial: true, stopped: 'assertion failed' });
    assert.match(stopped, /^  stopped \(assertion failed\): this is what was measured until then$/m);
    assert.doesNotMatch(stopped, /interrupted/);
  });

  it('counts one in the singular', () => {
    const one = drillReport(stepResult('s', [1000]), {
      warmup: { requests: 1 },
      environment: { ...report.environment, cores: 1 },
    });
    const text = plain(one).replaceAll(/\s+/g, ' ');
    assert.match(text, / 1 request in 1\.00 s · .* · 1 iteration · after 1 warm-up request · .*, 1 core · /);
  });

  it('says a single step once', () => {
    const text = plain(drillReport(wait));
    assert.doesNotMatch(text, /^total/m);
    assert.match(text, /^wait/m);
  });

  it('shows service time and lateness of an open loop beside the response time', () => {
    const open = stepResult('open', repeat(400, 5000), {
      service: stepResult('', repeat(400, 2000)).latency,
      lateness: stepResult('', repeat(400, 3)).latency,
      late: 7,
      dropped: 0,
    });
    const text = plain(drillReport(open));
    assert.match(text, /^Service time +p50/m);
    assert.match(text, /^Start lateness/m);
    assert.match(text, /late +dropped$/m);
    assert.match(text, / 7 +0$/m);
  });
});

/** A candidate of several steps. */
const named = (id: string) =>
  compareCandidate(id, repeat(400, 1000), { steps: reportExamples.compare.candidates[1]?.steps ?? [] });

describe('table with names from outside', () => {
  it('fits 80 columns however long they are, and keeps their ends', () => {
    const text = plain(
      compareReport([
        named(`pooled:${'x'.repeat(70)}:workers=4`),
        named(`pooled:${'x'.repeat(70)}:workers=8`),
        named('a'),
      ]),
    );
    const grids = text.split('\n').filter((line) => line.startsWith('pooled:'));
    assert.ok(grids.length >= 6 && grids.every((line) => line.length <= 80), grids.join('\n'));
    assert.ok(
      grids.every((line) => /^pooled:.*….*=[48] /.test(line)),
      grids.join('\n'),
    );
  });

  it('shows control characters as signs', () => {
    const text = plain(compareReport([named('two\n\u001B[31mRED\u0007'), named('b')], { warnings: ['x\u001B[2J'] }));
    assert.match(text, /two␊␛\[31mRED␇/u);
    assert.match(text, /x␛\[2J/u);
    assert.equal(text.replaceAll('\n', '').match(/\p{Cc}/u), null);
  });
});

describe('table of any report', () => {
  for (const [kind, report] of Object.entries(reportExamples)) {
    for (const columns of [80, 60])
      it(`a ${kind} report fits ${columns} columns`, () => {
        const lines = plain(report, columns).split('\n');
        assert.deepEqual(
          lines.filter((line) => line.length > columns),
          [],
        );
      });
  }

  it('puts the columns for which there is no room below, behind the first again', () => {
    const text = plain(reportExamples.compare, 40);
    const tables = text.split('\n\n').filter((section) => section.includes('Result '));
    assert.ok(tables.length > 1);
    for (const one of tables) assert.match(one, /^event-loop +\S/m);
    for (const heading of ['req/s', 'p50', 'p99', 'max'])
      assert.ok(
        tables.some((one) => one.includes(heading)),
        heading,
      );
  });

  it('says that the latencies of a drill are those of successful requests, where some failed', () => {
    const note = /^successful requests only; those that failed are not among them$/m;
    assert.match(plain(drillReport(stepResult('s', [1000], { requests: 2, failed: 1 }))), note);
    assert.doesNotMatch(plain(drillReport(stepResult('s', [1000]))), note);
  });

  it('names what became slower, where, by how much and how surely', () => {
    const text = plain(reportExamples.regress).replaceAll(/\s+/g, ' ');
    assert.match(
      text,
      /Slower step 'login': p99 \+23% \[\+2\d%, \+2\d%\] against base, 12 rounds, p = 0\.00\d+, confirmed by a second run/,
    );
    assert.match(text, /p99 < 250ms is not met: 300 ms/);
  });
});
