import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCapacity, type TryRate } from '../../src/compare/capacity.js';
import { parseThreshold, type Threshold } from '../../src/core/thresholds.js';
import { drillReport, stepResult } from '../support/reports.js';

const objective = parseThreshold('p99 < 50ms') as Threshold;
const options = { objectives: [objective], fromRate: 100, toRate: 1_000_000 };

/** A server that answers in 10 ms up to its limit and in 80 ms beyond. */
const limitedTo =
  (limit: number): TryRate =>
  (rate) =>
    Promise.resolve(drillReport(stepResult('s', [rate <= limit ? 10_000 : 80_000], { rps: rate })));

/** A generator that cannot offer more than 300/s. */
const weak: TryRate = (rate) =>
  Promise.resolve(
    drillReport(
      stepResult('s', [1000], { rps: Math.min(rate, 300), requests: 300, dropped: Math.max(0, rate - 300) }),
      {
        health:
          rate > 300
            ? { verdict: 'INVALID', reasons: ['it could not keep its schedule'] }
            : { verdict: 'PASS', reasons: [] },
      },
    ),
  );

describe('capacity', () => {
  for (const limit of [100, 163, 1000, 12_345, 400_000]) {
    it(`finds ${limit}/s within 5 %, from below`, async () => {
      const { sustainedRps, failedRps, limitedBy, trials } = await findCapacity('a', limitedTo(limit), options);
      assert.ok(sustainedRps <= limit && sustainedRps >= limit * 0.94, `${sustainedRps}`);
      assert.ok(failedRps !== undefined && failedRps > limit && failedRps <= limit * 1.06);
      assert.match(limitedBy ?? '', /^p99 < 50ms: 80\.\d ms$/);
      assert.ok(trials.length < 25);
      assert.deepEqual([trials.at(-1)?.stage, trials.at(-1)?.met], ['confirmation', true]);
      assert.deepEqual(
        [...new Set(trials.map(({ stage }) => stage))],
        ['growth', 'bisection', 'confirmation'].filter((stage) => trials.some((trial) => trial.stage === stage)),
      );
    });
  }

  it('is nothing where even the first rates fail, and looks below the first', async () => {
    assert.ok((await findCapacity('a', limitedTo(30), options)).sustainedRps >= 28);
    assert.equal((await findCapacity('a', limitedTo(0), options)).sustainedRps, 0);
  });

  it('stops at the highest rate that it may try', async () => {
    const { sustainedRps, failedRps } = await findCapacity('a', limitedTo(1e9), { ...options, toRate: 700 });
    assert.deepEqual([sustainedRps, failedRps], [700, undefined]);
  });

  it('goes lower when a rate does not hold a second time', async () => {
    const { sustainedRps } = await findCapacity(
      'a',
      (rate, stage) => limitedTo(stage === 'confirmation' ? 900 : 1000)(rate, stage),
      options,
    );
    assert.ok(sustainedRps <= 900 && sustainedRps > 850, `${sustainedRps}`);
  });

  it('takes no rate for sustained that the generator did not offer', async () => {
    const { sustainedRps, limitedBy } = await findCapacity('a', weak, options);
    assert.ok(sustainedRps <= 306, `${sustainedRps}`);
    assert.match(limitedBy ?? '', /starts were dropped|the generator: it could not keep its schedule/);
  });

  it('has no result when interrupted, and keeps the trials', async () => {
    let tries = 0;
    const { sustainedRps, trials } = await findCapacity(
      'a',
      (rate, stage) => (++tries > 3 ? Promise.resolve(undefined) : limitedTo(1e6)(rate, stage)),
      options,
    );
    assert.deepEqual([sustainedRps, trials.length], [0, 3]);
  });
});
