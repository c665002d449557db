import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SecondResult } from '../../src/core/results.js';
import { assessHealth, type HealthFacts } from '../../src/drill/health.js';

const closed: HealthFacts = {
  loop: 'closed',
  requests: 1000,
  failed: 0,
  answered: 1000,
  generatorLoads: [0.4],
  due: 0,
  late: 0,
  dropped: 0,
  busyShare: 0.998,
  sharedCores: undefined,
  series: [],
  limits: [],
};
const open: HealthFacts = { ...closed, loop: 'open', due: 1000, busyShare: undefined };

function seconds(medians: readonly number[]): SecondResult[] {
  return medians.map((p50Us, second) => ({ second, requests: 1, failed: 0, p50Us, p99Us: p50Us }));
}

describe('health', () => {
  const rows: [name: string, facts: HealthFacts, verdict: string, reason: RegExp | undefined][] = [
    ['nothing wrong', closed, 'PASS', undefined],
    ['a busy generator', { ...closed, generatorLoads: [0.2, 0.85] }, 'WARN', /used 85 % of a processor/],
    ['a saturated closed loop', { ...closed, generatorLoads: [0.99] }, 'WARN', /99 %/],
    ['a saturated open loop', { ...open, generatorLoads: [0.96] }, 'INVALID', /could not keep its schedule/],
    ['a rate not reached', { ...open, dropped: 30 }, 'INVALID', /3\.0 % of the asked rate was not sent/],
    ['one drop', { ...open, dropped: 1 }, 'WARN', /1 start was dropped/],
    ['a few drops', { ...open, dropped: 3 }, 'WARN', /3 starts were dropped/],
    ['late starts', { ...open, late: 50 }, 'WARN', /5.0 % of the requests started late/],
    ['lost time', { ...closed, busyShare: 0.9375 }, 'WARN', /6.3 % of the clients' time .*Little/],
    ['shared processors', { ...closed, sharedCores: 2 }, 'WARN', /share the 2 processors/],
    ['many failures', { ...closed, failed: 136, answered: 864 }, 'WARN', /136 of 1000 requests failed/],
    ['no server', { ...closed, failed: 1000, answered: 0 }, 'INVALID', /not one request was answered/],
    ['limits', { ...closed, limits: ['few ports'] }, 'WARN', /few ports/],
    [
      'a drift',
      { ...closed, series: seconds([100, 100, 100, 120, 130, 140, 150, 150, 150, 9]) },
      'WARN',
      /100 µs .* 150 µs/,
    ],
    [
      'a steady run',
      { ...closed, series: seconds([100, 110, 100, 120, 90, 100, 110, 115, 100, 9]) },
      'PASS',
      undefined,
    ],
    ['too short a run for a trend', { ...closed, series: seconds([100, 200, 300, 400]) }, 'PASS', undefined],
  ];
  for (const [name, facts, verdict, reason] of rows) {
    it(`${verdict} for ${name}`, () => {
      const health = assessHealth(facts);
      assert.equal(health.verdict, verdict);
      assert.equal(health.reasons.length, reason === undefined ? 0 : 1);
      if (reason !== undefined) assert.match(health.reasons[0] ?? '', reason);
    });
  }

  it('counts late starts among those that started', () => {
    const { reasons } = assessHealth({ ...open, due: 1010, dropped: 10, late: 1000 });
    assert.ok(reasons.includes('100 % of the requests started late'));
  });
});
