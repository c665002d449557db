import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pacerFor, pacers, warmUpOf, type Load, type Pacer, type Stage } from '../../src/drill/pacer.js';

const closed: Load = {
  concurrency: 10,
  iterations: undefined,
  rampMs: 0,
  durationMs: undefined,
  ratePerSecond: undefined,
  arrival: 'constant',
  stages: [],
  warmupMs: 0,
  maxInFlight: 10_000,
};

const load = (changes: Partial<Load>): Promise<Pacer> => pacerFor({ ...closed, ...changes }, 7);
const stage = (of: Stage['of'], target: number, forMs: number, ramp: Stage['ramp'] = 'none'): Stage => ({
  of,
  target,
  forMs,
  ramp,
});

/** When each iteration is due, in whole milliseconds, up to the end. */
function schedule(pacer: Pacer): number[] {
  const due: number[] = [];
  for (let started = 0; ; started += 1) {
    const next = pacer.next(0, started);
    if (next === 'done') return due;
    due.push(Math.round(next));
  }
}

describe('pacers', () => {
  it('answer for exactly one kind of load each', async () => {
    const loads: [Partial<Load>, string][] = [
      [{ iterations: 1 }, 'iterations'],
      [{ durationMs: 1 }, 'duration'],
      [{ durationMs: 1, iterations: 1 }, 'duration'],
      [{ ratePerSecond: 1, durationMs: 1 }, 'constant-rate'],
      [{ ratePerSecond: 1, iterations: 1, arrival: 'poisson' }, 'poisson'],
      [{ stages: [stage('rate', 1, 1)] }, 'stages'],
      [{ stages: [stage('concurrency', 1, 1)], durationMs: 1 }, 'stages'],
    ];
    const kinds = await pacers.all();
    for (const [changes, id] of loads) {
      const answers = kinds.filter((kind) => kind.create({ ...closed, ...changes }, 1) !== undefined);
      assert.deepEqual(
        answers.map((kind) => kind.id),
        [id],
      );
    }
  });

  it('iterations: at once, or along the ramp', async () => {
    assert.deepEqual(schedule(await load({ iterations: 3 })), [0, 0, 0]);
    assert.deepEqual(schedule(await load({ iterations: 6, rampMs: 3000 })), [0, 500, 1000, 1500, 2000, 2500]);
    assert.equal((await load({ iterations: 3 })).next(900, 1), 900);
  });

  it('duration: nothing new at its end, nor beyond a number of iterations', async () => {
    const pacer = await load({ durationMs: 1000 });
    assert.deepEqual([pacer.next(0, 0), pacer.next(999.9, 500), pacer.next(1000, 501)], [0, 999.9, 'done']);
    const ramped = await load({ durationMs: 1000, concurrency: 4, rampMs: 200 });
    assert.deepEqual([ramped.next(0, 3), ramped.next(400, 4), ramped.next(300, 3)], [150, 400, 300]);
    assert.equal((await load({ durationMs: 1000, iterations: 5 })).next(1, 5), 'done');
  });

  it('constant rate: an absolute schedule, whatever has elapsed', async () => {
    const pacer = await load({ ratePerSecond: 2000, durationMs: 10_000 });
    assert.equal(schedule(pacer).length, 20_000);
    assert.deepEqual([pacer.next(0, 1), pacer.next(9000, 1), pacer.next(0, 19_999)], [0.5, 0.5, 9999.5]);
    assert.deepEqual(schedule(await load({ ratePerSecond: 0.5, durationMs: 5000 })), [0, 2000, 4000]);
    assert.deepEqual(schedule(await load({ ratePerSecond: 10, iterations: 3 })), [0, 100, 200]);
  });

  it('poisson: exponential gaps with the mean of the rate, the same for the same seed', async () => {
    const due = schedule(await load({ ratePerSecond: 1000, durationMs: 100_000, arrival: 'poisson' }));
    const gaps = due.map((at, i) => at - (due[i - 1] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    // 100 000 arrivals: the standard error of the mean gap of 1 ms is 3 µs.
    assert.ok(Math.abs(mean - 1) < 0.02, `mean gap ${mean} ms`);
    const longerThanTwo = gaps.filter((gap) => gap > 2.5).length / gaps.length;
    assert.ok(Math.abs(longerThanTwo - Math.exp(-2.5)) < 0.02, `${longerThanTwo} are longer than 2.5 ms`);
    const again = await pacerFor({ ...closed, ratePerSecond: 1000, durationMs: 100_000, arrival: 'poisson' }, 7);
    assert.deepEqual(schedule(again), due);
    const other = await pacerFor({ ...closed, ratePerSecond: 1000, durationMs: 100_000, arrival: 'poisson' }, 8);
    assert.notDeepEqual(schedule(other), due);
  });

  it('poisson: several generators that share the schedule see the same arrivals', async () => {
    const whole = schedule(await load({ ratePerSecond: 100, durationMs: 1000, arrival: 'poisson' }));
    const second = await load({ ratePerSecond: 100, durationMs: 1000, arrival: 'poisson' });
    const odd = [1, 3, 5, 7, 9].map((number) => Math.round(second.next(0, number) as number));
    assert.deepEqual(
      odd,
      [1, 3, 5, 7, 9].map((number) => whole[number]),
    );
  });

  it('stages of a rate: steps', async () => {
    const pacer = await load({ stages: [stage('rate', 2, 1000), stage('rate', 0, 1000), stage('rate', 4, 1000)] });
    assert.deepEqual(schedule(pacer), [0, 500, 2000, 2250, 2500, 2750]);
  });

  it('stages of a rate: a ramp has the area of its triangle', async () => {
    // 0 → 10/s over 2 s: 10 arrivals, number i at sqrt(2 i / 5) s.
    const pacer = await load({ stages: [stage('rate', 10, 2000, 'linear')] });
    assert.deepEqual(
      schedule(pacer),
      Array.from({ length: 10 }, (_, i) => Math.round(1000 * Math.sqrt((2 * i) / 5))),
    );
    const down = await load({ stages: [stage('rate', 4, 1000), stage('rate', 0, 2000, 'linear')] });
    assert.deepEqual(schedule(down), [0, 250, 500, 750, 1000, 1268, 1586, 2000]);
  });

  it('stages of a concurrency: how many slots there are when', async () => {
    const pacer = await load({
      stages: [stage('concurrency', 10, 1000, 'linear'), stage('concurrency', 10, 1000), stage('concurrency', 2, 500)],
    });
    assert.deepEqual(
      [0, 500, 1000, 1999, 2000, 2500].map((at) => pacer.slots?.(at)),
      [0, 5, 10, 10, 2, 0],
    );
    assert.deepEqual([pacer.next(100, 1), pacer.next(2500, 1)], [100, 'done']);
  });

  it('the warm-up is the load as it begins', () => {
    const base = { ...closed, warmupMs: 500 };
    const rows: [Partial<Load>, Partial<Load>][] = [
      [
        { iterations: 5, rampMs: 100 },
        { iterations: undefined, rampMs: 0, durationMs: 500, concurrency: 10 },
      ],
      [
        { ratePerSecond: 30, durationMs: 9 },
        { ratePerSecond: 30, durationMs: 500 },
      ],
      [{ stages: [stage('rate', 40, 1)] }, { ratePerSecond: 40, stages: [] }],
      [{ stages: [stage('concurrency', 4, 1)] }, { concurrency: 4, stages: [] }],
      [{ stages: [stage('rate', 40, 1, 'linear')] }, { ratePerSecond: 1, stages: [] }],
    ];
    for (const [changes, wanted] of rows) {
      const warmUp = warmUpOf({ ...base, ...changes });
      assert.deepEqual({ ...warmUp, ...wanted }, warmUp);
    }
  });
});
