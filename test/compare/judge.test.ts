import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectsAgainst, rankBy } from '../../src/compare/judge.js';
import { verdictOf } from '../../src/compare/statistics/verdict.js';
import type { RoundResult } from '../../src/core/results.js';
import { cost, stepResult } from '../support/reports.js';

const { latency } = stepResult('s', [1000]);

/** A candidate with these rates, one a round. */
function rated(id: string, rates: readonly number[], overrides: Partial<RoundResult> = {}) {
  return {
    id,
    rounds: rates.map((rps, i): RoundResult => ({
      round: i + 1,
      requests: 1000,
      failed: 0,
      rps,
      latency,
      cost,
      steps: [],
      ...overrides,
    })),
  };
}

const steady = (rps: number): number[] => Array.from({ length: 12 }, (_, i) => rps * (1 + ((i * 7) % 12) / 1000));

describe('verdict', () => {
  const effect = { rounds: 12, percent: 0, p: 0.001 };
  const table: readonly (readonly [low: number, high: number, lowerIsBetter: string, higherIsBetter: string])[] = [
    [6, 9, 'slower', 'faster'],
    [-9, -6, 'faster', 'slower'],
    [-4, 4, 'same', 'same'],
    [1, 4, 'same', 'same'],
    [3, 9, 'inconclusive', 'inconclusive'],
    [-9, 9, 'inconclusive', 'inconclusive'],
    [-4.9, 0, 'inconclusive', 'inconclusive'], // the inverse of +5 % is -4.76 %
  ];
  for (const [lowPercent, highPercent, lower, higher] of table) {
    it(`of ${lowPercent} .. ${highPercent} % with a minimum of 5 % is ${lower}`, () => {
      assert.equal(verdictOf({ ...effect, lowPercent, highPercent }, 5, 'lower'), lower);
      assert.equal(verdictOf({ ...effect, lowPercent, highPercent }, 5, 'higher'), higher);
    });
  }

  it('is never given on fewer than eleven rounds or against the permutation test', () => {
    const clear = { percent: 50, lowPercent: 40, highPercent: 60 };
    assert.equal(verdictOf({ ...clear, rounds: 10, p: 2 / 1024 }, 5, 'lower'), 'inconclusive');
    assert.equal(verdictOf({ ...clear, rounds: 11, p: 2 / 2048 }, 5, 'lower'), 'slower');
    assert.equal(verdictOf({ ...clear, rounds: 12, p: 0.02 }, 5, 'lower'), 'inconclusive');
  });
});

describe('effects', () => {
  it('are the median ratio over common rounds', () => {
    const effects = effectsAgainst(rated('b', steady(80)), rated('a', steady(100)), 1);
    const rps = effects.find(({ metric }) => metric === 'rps');
    assert.ok(rps !== undefined && Math.abs(rps.percent + 20) < 0.1);
    assert.equal(rps.verdict, 'slower');
    assert.equal(rps.rounds, 12);
    assert.equal(rps.p, 2 / 4096);
    assert.deepEqual([rps.candidate, rps.baseline], ['b', 'a']);
    const cpu = effects.find(({ metric }) => metric === 'cpu');
    assert.deepEqual([cpu?.percent, cpu?.verdict], [0, 'same']);
  });

  it('pair rounds by number, not by place', () => {
    const all = rated('a', [100, 200, 400, 800]);
    const gap = { id: 'b', rounds: rated('b', [100, 200, 400, 800]).rounds.filter(({ round }) => round !== 2) };
    const rps = effectsAgainst(gap, all, 1).find(({ metric }) => metric === 'rps');
    assert.deepEqual([rps?.rounds, rps?.percent, rps?.lowPercent, rps?.highPercent], [3, 0, 0, 0]);
  });

  it('leave out what was not measured, and take errors as points', () => {
    const { cost: _, ...bare } = rated('x', [1]).rounds[0] as RoundResult;
    const without = { id: 'x', rounds: Array.from({ length: 12 }, (_unused, i) => ({ ...bare, round: i + 1 })) };
    const failing = { id: 'y', rounds: without.rounds.map((round) => ({ ...round, failed: 30 })) };
    const effects = effectsAgainst(failing, without, 1);
    assert.deepEqual(
      effects.map(({ metric }) => metric),
      ['rps', 'p50', 'p90', 'p99', 'errors'],
    );
    const errors = effects.at(-1);
    assert.deepEqual([errors?.percent, errors?.verdict], [3, 'slower']);
  });
});

describe('a server that fails', () => {
  const reliable = rated('reliable', steady(100));
  const failing = rated('failing', steady(900), { failed: 400 });

  it('wins nothing against one that fails less', () => {
    const verdict = (of: typeof failing, against: typeof failing) =>
      effectsAgainst(of, against, 1).find(({ metric }) => metric === 'rps')?.verdict;
    assert.equal(verdict(failing, reliable), 'inconclusive');
    assert.equal(verdict(reliable, failing), 'inconclusive');
    assert.equal(verdict(rated('b', steady(900), { failed: 400 }), rated('a', steady(100), { failed: 400 })), 'faster');
  });

  it('comes after all who fail less, however quick it is', () => {
    assert.deepEqual(
      rankBy('rps', [failing, reliable], 1).map(({ id, rank }) => `${rank} ${id}`),
      ['1 reliable', '2 failing'],
    );
  });
});

describe('ranking', () => {
  it('shares places between those that cannot be told apart', () => {
    const ranks = rankBy(
      'rps',
      [
        rated('slow', steady(12)),
        rated('b', steady(108)),
        rated('c', steady(71)),
        rated('a', steady(110)),
        rated('d', steady(70)),
      ],
      1,
    );
    assert.deepEqual(
      ranks.map(({ id, rank }) => `${rank} ${id}`),
      ['1 a', '1 b', '3 c', '3 d', '5 slow'],
    );
  });

  it('puts the lower one first where lower is better, and the unmeasured last', () => {
    const cheap = rated('cheap', steady(1), { cost: { ...cost, cpuUsPerRequest: 10 } });
    const dear = rated('dear', steady(1), { cost: { ...cost, cpuUsPerRequest: 20 } });
    const { cost: _, ...bare } = rated('x', [1]).rounds[0] as RoundResult;
    assert.deepEqual(
      rankBy('cpu', [{ id: 'remote', rounds: [bare] }, dear, cheap], 1).map(({ id, rank }) => `${rank} ${id}`),
      ['1 cheap', '2 dear', '3 remote'],
    );
  });

  it('tells nobody apart in three rounds of noise, however far apart the medians are', () => {
    const noise = [rated('a', [1150, 3360, 1900]), rated('b', [1900, 1000, 3100]), rated('c', [3400, 2100, 3360])];
    assert.deepEqual(
      rankBy('rps', noise, 1).map(({ rank }) => rank),
      [1, 1, 1],
    );
  });

  it('cannot tell apart who never ran in the same round', () => {
    const early = rated('early', steady(100));
    const late = {
      id: 'late',
      rounds: rated('late', steady(200)).rounds.map((one) => ({ ...one, round: one.round + 12 })),
    };
    assert.deepEqual(
      rankBy('rps', [early, late], 1).map(({ rank }) => rank),
      [1, 1],
    );
  });

  it('tells clear differences apart in a few rounds', () => {
    const apart = rankBy('rps', [rated('a', [100, 110, 120]), rated('b', [50, 60, 55])], 1);
    assert.deepEqual(
      apart.map(({ rank }) => rank),
      [1, 2],
    );
    const mixed = rankBy('rps', [rated('a', [100, 110, 120]), rated('b', [101, 90, 95])], 1);
    assert.deepEqual(
      mixed.map(({ rank }) => rank),
      [1, 1],
    );
  });
});
