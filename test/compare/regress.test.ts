import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { roundsNeeded } from '../../src/compare/gates.js';
import { newSide, regressAgainst, regressWithin } from '../../src/compare/regress.js';
import { UserError } from '../../src/core/errors.js';
import { parseThreshold, type Threshold } from '../../src/core/thresholds.js';
import type { CompareReport, RoundResult } from '../../src/core/results.js';
import { compareCandidate, compareReport, environment, stepResult } from '../support/reports.js';

const latencies = Array.from({ length: 500 }, (_, i) => 1000 + i);
const login = stepResult('login', latencies);
const list = stepResult('list', latencies);

/** 12 rounds of two steps; `slower` stretches the p99 of the step `login`. */
function side(id: string, slower = 1) {
  const candidate = compareCandidate(id, latencies, { steps: [login, list] });
  return {
    ...candidate,
    rounds: candidate.rounds.map((round, i): RoundResult => {
      const p99Us = login.latency.p99Us * slower * (1 + ((i * 5) % 7) / 1000);
      return { ...round, steps: [{ ...login, latency: { ...login.latency, p99Us } }, list] };
    }),
  };
}

const baseline = { source: 'base.json', report: compareReport([side('server')]) };
const options = { gated: ['p50', 'p99', 'errors'], thresholds: [], allowDifferent: false } as const;

/** The first rounds of a result. */
const firstRounds = (rounds: number, report: CompareReport): CompareReport => ({
  ...report,
  rounds,
  candidates: report.candidates.map((candidate) => ({ ...candidate, rounds: candidate.rounds.slice(0, rounds) })),
});

/** The same result on a machine of this pace. */
const paced = (report: CompareReport, paceMs: number): CompareReport => ({
  ...report,
  candidates: report.candidates.map((candidate) => ({
    ...candidate,
    rounds: candidate.rounds.map((round, i) => ({ ...round, paceMs: paceMs + (i % 3) / 10 })),
  })),
});

describe('regress', () => {
  it('fails on what became slower and names step, metric, size and interval', async () => {
    const { outcome, gates } = await regressAgainst(baseline, compareReport([side('server', 1.3)]), options);
    assert.equal(outcome, 'slower');
    const failing = gates.filter(({ fails }) => fails);
    assert.deepEqual(
      failing.map(({ step, metric, verdict }) => [step, metric, verdict]),
      [['login', 'p99', 'slower']],
    );
    const [gate] = failing;
    assert.ok(gate !== undefined && Math.abs(gate.percent - 30) < 0.5 && gate.lowPercent > 28 && gate.highPercent < 32);
    assert.ok(gate.adjustedP > gate.p && gate.adjustedP < 0.05, 'Holm makes each gate stricter');
  });

  it('passes when nothing changed, and when something became faster', async () => {
    assert.equal((await regressAgainst(baseline, compareReport([side('server')]), options)).outcome, 'pass');
    assert.equal((await regressAgainst(baseline, compareReport([side('server', 0.5)]), options)).outcome, 'pass');
  });

  it('fails nobody who is slower because the base failed quickly', async () => {
    const failing = side('server', 0.5);
    const rounds = failing.rounds.map(({ steps: [first = login, ...others], ...round }): RoundResult => {
      const failed = Math.floor(first.requests / 2);
      return { ...round, failed, steps: [{ ...first, failed }, ...others] };
    });
    const base = { ...baseline, report: compareReport([{ ...failing, rounds }]) };
    const { outcome, gates } = await regressAgainst(base, compareReport([side('server')]), options);
    const verdicts = gates.filter(({ step }) => step === 'login').map(({ metric, verdict }) => [metric, verdict]);
    assert.deepEqual(Object.fromEntries(verdicts), { p50: 'same', p99: 'inconclusive', errors: 'faster' });
    assert.notEqual(outcome, 'slower');
  });

  it('is inconclusive, not slower, where the noise is larger than the change', async () => {
    const noisy = side('server');
    const shaken = {
      ...noisy,
      rounds: noisy.rounds.map((round, i) => ({
        ...round,
        latency: { ...round.latency, p99Us: round.latency.p99Us * (i % 2 === 0 ? 1.5 : 0.8) },
      })),
    };
    assert.equal((await regressAgainst(baseline, compareReport([shaken]), options)).outcome, 'inconclusive');
  });

  it('lets a second run overrule the first', async () => {
    const slow = compareReport([side('server', 1.3)]);
    const confirmed = await regressAgainst(baseline, slow, { ...options, again: () => Promise.resolve(slow) });
    assert.deepEqual([confirmed.outcome, confirmed.gates.find(({ fails }) => fails)?.confirmed], ['slower', true]);
    const denied = await regressAgainst(baseline, slow, {
      ...options,
      again: () => Promise.resolve(compareReport([side('server')])),
    });
    assert.deepEqual([denied.outcome, denied.gates.some(({ confirmed: again }) => again === false)], ['pass', true]);
  });

  it('takes nothing back when the second run does not come to its end', async () => {
    const slow = compareReport([side('server', 1.3)]);
    const runs: readonly (readonly [again: () => Promise<CompareReport>, stopped: string | undefined])[] = [
      [() => Promise.resolve({ ...slow, partial: true }), undefined],
      [
        () => Promise.resolve({ ...slow, stopped: 'server, round 2: the port is taken' }),
        'server, round 2: the port is taken',
      ],
      [() => Promise.reject(new UserError('the command ended')), 'the command ended'],
    ];
    for (const [again, stopped] of runs) {
      const { outcome, partial, comparison, warnings } = await regressAgainst(baseline, slow, { ...options, again });
      assert.deepEqual([outcome, partial, comparison.stopped], ['slower', true, stopped]);
      assert.deepEqual(warnings, ['what was found could not be confirmed']);
    }
  });

  it('runs no second time where nothing failed', async () => {
    await regressAgainst(baseline, compareReport([side('server')]), {
      ...options,
      again: () => assert.fail('there was nothing to confirm'),
    });
  });

  it('only informs when the machine or the plan is another, unless told otherwise', async () => {
    const elsewhere = compareReport([side('server', 1.3)], {
      environment: { ...environment, cores: 64 },
      plan: { path: 'p', hash: 'other' },
    });
    const informed = await regressAgainst(baseline, elsewhere, options);
    assert.equal(informed.outcome, 'incomparable');
    assert.deepEqual(informed.differences, [
      'the plan has changed (plans/quick.yml, p)',
      'the number of cores was 2 and is 64',
    ]);
    assert.equal(informed.gates.find(({ step, metric }) => step === 'login' && metric === 'p99')?.verdict, 'slower');
    assert.equal((await regressAgainst(baseline, elsewhere, { ...options, allowDifferent: true })).outcome, 'slower');
  });

  it('only informs when the same machine computes slower than it did', async () => {
    const then = { ...baseline, report: paced(baseline.report, 10) };
    const slow = compareReport([side('server', 1.3)]);
    const busier = await regressAgainst(then, paced(slow, 13), options);
    assert.deepEqual([busier.outcome, busier.differences], ['incomparable', ['the machine computes 30 % slower now']]);
    assert.equal((await regressAgainst(then, paced(slow, 10.2), options)).outcome, 'slower');
  });

  it('judges the second candidate of one comparison against the first', async () => {
    const report = compareReport([side('base'), side('head', 1.3)]);
    const { outcome, baseline: against, gates } = await regressWithin(report, options);
    assert.deepEqual([outcome, against.source], ['slower', 'base']);
    assert.ok(gates.every(({ candidate, baseline: base }) => candidate === 'head' && base === 'base'));
  });

  it('judges thresholds by the new side', async () => {
    const thresholds = [
      parseThreshold("step 'login' p99 < 1.4ms") as Threshold,
      parseThreshold('errors < 1%') as Threshold,
    ];
    const { outcome, thresholds: results } = await regressAgainst(baseline, compareReport([side('server')]), {
      ...options,
      thresholds,
    });
    assert.equal(outcome, 'threshold');
    assert.deepEqual(
      results.map(({ met }) => met),
      [false, true],
    );
  });

  it('is inconclusive where there is nothing to judge', async () => {
    const { outcome, gates, warnings } = await regressWithin(
      firstRounds(1, compareReport([side('a'), side('b', 9)])),
      options,
    );
    assert.deepEqual([outcome, gates, warnings], ['inconclusive', [], ['1 round cannot find a regression: 11 can']]);
  });

  it('refuses two sides that have nobody in common, unless each has one candidate only', async () => {
    const others = compareReport([side('a'), side('b')]);
    await assert.rejects(regressAgainst(baseline, others, options), /no candidate in common/);
    const renamed = await regressAgainst(baseline, compareReport([side('moved')]), options);
    assert.equal(renamed.outcome, 'pass');
  });

  it('takes the new side of a check as the baseline of the next', async () => {
    const first = await regressAgainst(baseline, paced(compareReport([side('server', 1.3)]), 13), {
      ...options,
      allowDifferent: true,
    });
    const next = { source: 'first.json', report: newSide(first) };
    assert.deepEqual(
      next.report.candidates.map(({ id, rounds }) => [id, Math.round(rounds[0]?.paceMs ?? 0)]),
      [['server', 13]],
    );
    const { outcome } = await regressAgainst(next, paced(compareReport([side('server', 1.3)]), 13), options);
    assert.equal(outcome, 'pass');
  });

  it('says how many rounds would have been needed', async () => {
    assert.equal(roundsNeeded(1), 11);
    assert.equal(roundsNeeded(20), 12);
    const { warnings } = await regressAgainst(
      { ...baseline, report: firstRounds(6, baseline.report) },
      firstRounds(6, baseline.report),
      options,
    );
    assert.deepEqual(warnings, ['6 rounds cannot find a regression among 9 gates: 11 can']);
  });
});
