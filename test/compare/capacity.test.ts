import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCapacity, type TryRate } from '../../src/compare/capacity.js';
import { parseThreshold, type Threshold } from '../../src/core/thresholds.js';
import { drillReport, stepResult } from '../support/reports.js';

const objective = parseThreshold('p99 < 50ms') as Threshold;
const options = { objectives: [objective], fromRate: 100, toRate: 1_000_000, canBring: () => true };

/** A server that answers in 10 ms up to its limit and in 80 ms beyond. */
const limitedTo =
  (limit: number): TryRate =>
  (rate) =>
    Promise.resolve(drillReport(stepResult('s', [rate <= limit ? 10_000 : 80_000], { rps: rate })));

/** A generator that cannot offer more than 300/s. */
const weak: TryRate = (rate) =>
  Promise.resolve(
    drillReport(stepResult('s', [1000], { rps: Math.min(rate, 300), requests: 300 }), {
      health:
        rate > 300
          ? { verdict: 'INVALID', reasons: ['it could not keep its schedule'] }
          : { verdict: 'PASS', reasons: [] },
    }),
  );

/** Held for a second: what comes in its second half is answered, but for what is more than 400/s; 30 are always on their way. */
const piling: TryRate = (rate) => {
  const started = Math.ceil(rate / 2);
  const backlog = { started, halfway: 30, end: 30 + Math.max(0, started - 200) };
  return Promise.resolve(drillReport(stepResult('s', [1000], { rps: Math.min(rate, 400) }), { backlog }));
};

/** Fails one request of a hundred, and beyond 200/s twenty of them. */
const failing: TryRate = (rate) => {
  const failed = rate > 200 ? 20 : 1;
  const errors = [{ class: 'status-5xx' as const, message: '503 Service Unavailable', count: failed }];
  return Promise.resolve(drillReport(stepResult('s', [1000], { rps: rate, requests: 100, failed, errors })));
};

const stopped: TryRate = () =>
  Promise.resolve(drillReport(stepResult('s', [1000]), { stopped: "assertion failed in step 's'" }));

describe('capacity', () => {
  for (const most of [100, 163, 1000, 12_345, 400_000]) {
    it(`finds ${most}/s within 5 %, from below`, async () => {
      const { sustainedRate, failedRate, limit, limitedBy, trials } = await findCapacity('a', limitedTo(most), options);
      assert.ok(sustainedRate <= most && sustainedRate >= most * 0.94, `${sustainedRate}`);
      assert.ok(failedRate !== undefined && failedRate > most && failedRate <= most * 1.06);
      assert.match(limitedBy ?? '', /^p99 < 50ms: 80\.\d ms$/);
      assert.equal(limit, 'objective');
      assert.ok(trials.length < 25);
      assert.deepEqual([trials.at(-1)?.stage, trials.at(-1)?.met], ['confirmation', true]);
      assert.deepEqual(
        [...new Set(trials.map(({ stage }) => stage))],
        ['growth', 'bisection', 'confirmation'].filter((stage) => trials.some((trial) => trial.stage === stage)),
      );
    });
  }

  it('is nothing where even the first rates fail, and looks below the first', async () => {
    assert.ok((await findCapacity('a', limitedTo(30), options)).sustainedRate >= 28);
    assert.equal((await findCapacity('a', limitedTo(0), options)).sustainedRate, 0);
  });

  it('tries no rate that it cannot bring', async () => {
    const { sustainedRate, failedRate, trials } = await findCapacity('a', limitedTo(30), {
      ...options,
      canBring: (rate) => rate >= 40,
    });
    assert.deepEqual([sustainedRate, failedRate], [0, 50]);
    assert.deepEqual(
      trials.map(({ rate }) => rate),
      [100, 50],
    );
  });

  it('stops at the highest rate that it may try', async () => {
    const { sustainedRate, failedRate, limit } = await findCapacity('a', limitedTo(1e9), { ...options, toRate: 700 });
    assert.deepEqual([sustainedRate, failedRate, limit], [700, undefined, 'end'], 'the server may do more');
  });

  it('goes down to a rate that holds a second time, however far down that is', async () => {
    for (const [holds, sustained] of [
      [900, 800],
      [150, 100],
      [50, 0],
    ] as const) {
      const { sustainedRate, failedRate, trials } = await findCapacity(
        'a',
        (rate, stage) => limitedTo(stage === 'confirmation' ? holds : 1000)(rate, stage),
        options,
      );
      assert.equal(sustainedRate, sustained, `when ${holds}/s hold a second time`);
      assert.ok((failedRate ?? 0) > holds);
      assert.ok(trials.length < 20, `${trials.length} trials`);
    }
  });

  it('takes no rate for sustained under which iterations pile up, however they end', async () => {
    const { sustainedRate, limit, limitedBy } = await findCapacity('a', piling, options);
    assert.ok(sustainedRate >= 400 && sustainedRate <= 500, `${sustainedRate}`);
    assert.equal(limit, 'objective');
    assert.match(limitedBy ?? '', /^it fell behind: 30 on their way at half time, \d+ at the end$/);
  });

  it('takes no rate for sustained that the generator did not offer', async () => {
    const { sustainedRate, limit, limitedBy } = await findCapacity('a', weak, options);
    assert.ok(sustainedRate <= 306, `${sustainedRate}`);
    assert.equal(limit, 'generator');
    assert.equal(limitedBy, 'the generator: it could not keep its schedule');
  });

  it('takes the next miss above what is sustained for the limit, not a miss that was noise', async () => {
    let tries = 0;
    // The first try at 400 is unlucky; all else is limited to 1000.
    const { sustainedRate, failedRate } = await findCapacity(
      'a',
      (rate, stage) => limitedTo(++tries === 3 ? 0 : 1000)(rate, stage),
      options,
    );
    assert.ok(sustainedRate >= 380 && sustainedRate < 400, 'bisected below the miss');
    assert.equal(failedRate, 400);
  });

  it('ends where an assert stops the plan, instead of judging half a drive', async () => {
    await assert.rejects(findCapacity('a', stopped, options), /assertion failed in step 's'/);
  });

  it('takes no rate for sustained of which more than 1 % fails, unless the objectives say how much may', async () => {
    const { sustainedRate, limitedBy } = await findCapacity('a', failing, options);
    assert.ok(sustainedRate <= 200 && sustainedRate > 180, `${sustainedRate}`);
    assert.equal(limitedBy, '20.0 % of its requests failed: 503 Service Unavailable');
    const objectives = [parseThreshold('errors < 50%') as Threshold];
    assert.equal((await findCapacity('a', failing, { ...options, objectives, toRate: 800 })).sustainedRate, 800);
  });

  it('refuses an objective of a step that never runs', async () => {
    const objectives = [parseThreshold("step 'login' p99 < 50ms") as Threshold];
    await assert.rejects(
      findCapacity('a', limitedTo(1000), { ...options, objectives }),
      /--slo: the plan runs no step 'login'/,
    );
  });

  it('has no result when interrupted, and keeps the trials', async () => {
    let tries = 0;
    const { sustainedRate, limit, trials } = await findCapacity(
      'a',
      (rate, stage) => (++tries > 3 ? Promise.resolve(undefined) : limitedTo(1e6)(rate, stage)),
      options,
    );
    assert.deepEqual([sustainedRate, limit, trials.length], [0, undefined, 3]);
  });
});
