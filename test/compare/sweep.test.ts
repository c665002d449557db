import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Candidate, Drive } from '../../src/compare/candidate.js';
import { kneeOf } from '../../src/compare/curve.js';
import { crossoversOf, leadersOf } from '../../src/compare/lead.js';
import { parseLadder } from '../../src/compare/ladder.js';
import { seededRandom } from '../../src/compare/random.js';
import { sweep } from '../../src/compare/sweep.js';
import { UserError } from '../../src/core/errors.js';
import type { SweepCurve, SweepPoint } from '../../src/core/results.js';
import { ManualClock } from '../support/manual-clock.js';
import { drillReport, stepResult } from '../support/reports.js';

/** @param latency of every point; by default what Little's law says */
function curve(
  id: string,
  rates: Readonly<Record<number, readonly number[]>>,
  latency?: SweepPoint['latency'],
): SweepCurve {
  const points = Object.entries(rates).map(([load, rpsByRound]): SweepPoint => {
    const rps = rpsByRound[rpsByRound.length >> 1] ?? 0;
    const p99UsByRound = rpsByRound.map((rate) => (Number(load) / rate) * 1e6);
    const health = { verdict: 'PASS', reasons: [] } as const;
    return {
      load: Number(load),
      requests: 100,
      failed: 0,
      rps,
      rpsByRound,
      p99UsByRound,
      latency: latency ?? stepResult('', [(Number(load) / rps) * 1e6]).latency,
      health,
    };
  });
  return { id, points, unloadedUs: 0, thinkUs: 0, errors: [] };
}

/** Numbers from 0 to 1, always the same ones. */
function uniform(seed: number): () => number {
  const random = seededRandom(seed);
  return () => random(0, 2 ** 31) / 2 ** 31;
}

describe('ladder', () => {
  const ladders: readonly (readonly [text: string, loads: readonly number[]])[] = [
    ['concurrency=1..16', [1, 2, 4, 8, 16]],
    ['concurrency=1..20', [1, 2, 4, 8, 16, 20]],
    ['rate=100,500,2k', [100, 500, 2000]],
    ['rate=1k/s..4k/s', [1000, 2000, 4000]],
    ['concurrency=8,1,8', [1, 8]],
  ];
  for (const [text, loads] of ladders) it(text, () => assert.deepEqual(parseLadder(text).loads, loads));

  const wrong: readonly (readonly [text: string, why: RegExp])[] = [
    ['clients=1..5', /expects concurrency=1\.\.512/],
    ['concurrency=8..2', /8\.\.2 goes down/],
    ['concurrency=0..2', /'0' is no load/],
    ['concurrency=5', /between 2 and 64 loads, '5' has 1/],
    ['rate=fast,faster', /'fast' is no load/],
    ['rate=1,1000001', /rate 1000001 is more than the 1000000 that there may be/],
    ['concurrency=1..1000000000', /concurrency 1000000000 is more than the 1000000 that there may be/],
    ['concurrency=1.5..3', /'1\.5' is no load, expected a whole number/],
  ];
  for (const [text, why] of wrong) it(`refuses ${text}`, () => assert.throws(() => parseLadder(text), why));
});

describe('knee', () => {
  it('is where throughput over response time is highest: an M/D/∞ that hits its ceiling at 4', () => {
    const rates = { 1: [1000], 2: [2000], 4: [4000], 8: [4000], 16: [4000] };
    assert.equal(kneeOf(curve('a', rates).points), 4);
  });

  it('is nowhere when more load brings more up to the highest, which may be the last one to believe', () => {
    const { points } = curve('a', { 1: [1000], 2: [2000], 4: [4000] });
    assert.equal(kneeOf(points), undefined);
    const health = { verdict: 'INVALID', reasons: ['the server ended'] } as const;
    assert.equal(kneeOf(points.map((point) => (point.load === 4 ? { ...point, health } : point))), undefined);
  });

  it('is nowhere when nothing was answered', () => {
    const points = curve('a', { 1: [10], 2: [10] }).points.map((point) => ({ ...point, failed: point.requests }));
    assert.equal(kneeOf(points), undefined);
  });
});

describe('crossover', () => {
  const flat = { 1: [100, 101, 99], 4: [100, 101, 99], 16: [100, 101, 99], 64: [100, 101, 99] };

  it('is found between the loads that it lies between, with an interval around it', () => {
    // Rates proportional to 25 √load pass 100 at a load of 16; here read between 4 (50) and 64 (200).
    const rising = { 1: [25, 25.2, 24.8], 4: [50, 50.4, 49.6], 16: [100, 102, 98], 64: [200, 202, 198] };
    const both = crossoversOf(curve('flat', flat), curve('rising', rising), 1);
    assert.deepEqual(
      both.map(({ metric }) => metric),
      ['rps', 'p99'],
    );
    const [only] = both;
    assert.deepEqual([only?.below, only?.above], ['flat', 'rising']);
    assert.ok(only !== undefined && Math.abs(only.load - 16) < 0.5, `at ${only?.load}`);
    assert.ok(only.low <= only.load && only.load <= only.high && only.high - only.low < 2);
    const [mirrored] = crossoversOf(curve('rising', rising), curve('flat', flat), 1);
    assert.deepEqual([mirrored?.below, mirrored?.above], ['flat', 'rising']);
  });

  it('is not seen in noise, nor where one always leads', () => {
    const noisy = { 1: [120, 80, 100], 4: [80, 120, 101], 16: [70, 130, 90], 64: [103, 97, 104] };
    assert.deepEqual(crossoversOf(curve('flat', flat), curve('noisy', noisy), 1), []);
    const ahead = { 1: [200, 201, 199], 4: [300, 301, 299], 16: [110, 111, 112], 64: [500, 501, 502] };
    assert.deepEqual(crossoversOf(curve('flat', flat), curve('ahead', ahead), 1), []);
  });
});

/** Under how many loads one is ahead. */
const decided = (a: SweepCurve, b: SweepCurve): number => {
  const leaders = leadersOf([a, b]).filter(({ metric }) => metric === 'rps');
  return leaders.filter(({ ids }) => ids.length === 1).length;
};

describe('a lead', () => {
  const loads = [1, 2, 4, 8, 16, 32, 64];
  const { latency } = stepResult('', [1000]);

  /** A curve whose rates scatter: logarithms normal, with this deviation. */
  const noisy = (id: string, rate: number, deviation: number, rounds: number, random: () => number): SweepCurve => {
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const draw = (): number => rate * Math.exp(deviation * normal());
    // Who leads is told by the rounds: a histogram for each of 42 000 points would only take time.
    return curve(id, Object.fromEntries(loads.map((load) => [load, Array.from({ length: rounds }, draw)])), latency);
  };

  for (const [rounds, deviation] of [
    [3, 0.03],
    [3, 0.3],
    [9, 0.1],
  ] as const)
    it(`is seen in at most one in twenty sweeps of two equal servers (${rounds} rounds, ${deviation * 100} % noise)`, () => {
      const random = uniform(7);
      const alarms = Array.from({ length: 1000 }, () => {
        const pair = [
          noisy('a', 1000, deviation, rounds, random),
          noisy('b', 1000, deviation, rounds, random),
        ] as const;
        return decided(...pair) > 0;
      });
      const falseAlarms = alarms.filter(Boolean).length;
      assert.ok(falseAlarms <= 50, `${falseAlarms} of 1000`);
    });

  it('of a half is seen under every load in three rounds with 5 % of noise, nearly always', () => {
    const random = uniform(8);
    const seen = Array.from({ length: 100 }, () =>
      decided(noisy('a', 1500, 0.05, 3, random), noisy('b', 1000, 0.05, 3, random)),
    );
    assert.ok(seen.filter((count) => count === loads.length).length >= 95, seen.join(' '));
  });

  it("is nobody's who fails more requests, or whose figures are not to be believed", () => {
    const a = curve('a', { 1: [200, 201, 202], 4: [400, 401, 402] });
    const b = curve('b', { 1: [100, 101, 102], 4: [100, 101, 102] });
    const leaders = (one: SweepCurve): string[] =>
      leadersOf([one, b]).flatMap(({ metric, ids }) => (metric === 'rps' ? [ids.join(' ')] : []));
    assert.deepEqual(leaders(a), ['a', 'a']);
    assert.deepEqual(leaders({ ...a, points: a.points.map((point) => ({ ...point, failed: 1 })) }), ['b', 'b']);
    const health = { verdict: 'INVALID', reasons: ['the server ended'] } as const;
    const invalid = a.points.map((point) => (point.load === 4 ? { ...point, health } : point));
    assert.deepEqual(leaders({ ...a, points: invalid }), ['a', ''], 'nor does the other win for want of one to beat');
  });
});

describe('leaders', () => {
  it('are those whom nobody beats under a load in every round', () => {
    const a = curve('a', { 1: [100, 101], 4: [200, 201], 16: [100, 101] });
    const b = curve('b', { 1: [50, 51], 4: [201, 200], 16: [0, 0] });
    assert.deepEqual(
      leadersOf([a, b])
        .filter(({ metric }) => metric === 'rps')
        .map(({ load, ids }) => `${load}: ${ids.join(' ')}`),
      ['1: a', '4: a b', '16: a b'],
    );
  });
});

const alone = { loads: [4], rounds: 1, seed: 1, cores: 2, vary: 'concurrency' } as const;

const server = (id: string): Candidate => ({
  id,
  start: () => Promise.resolve({ base: id, settings: { threads: 4 }, close: () => Promise.resolve() }),
});

/** What the health card of a load says first whose clients were busy for 40 % of the time with iterations this long. */
const cardOf = async (meanUs: number): Promise<string> => {
  const step = stepResult('s', [meanUs], { rps: 10, requests: 10 });
  const { curves } = await sweep(
    [server('a')],
    () => Promise.resolve(() => Promise.resolve(drillReport(step, { busyShare: 0.4, scenarios: step.latency }))),
    { ...alone, warmupMs: 0, clock: new ManualClock(), signal: new AbortController().signal },
  );
  const { verdict, reasons } = curves[0]?.points[0]?.health ?? { verdict: '', reasons: [] };
  return `${verdict}: ${reasons[0]}`;
};

/** 10 ms to answer, 10 ms of delay between two requests; nobody is answered at 8. */
const delayedUpTo4 = (load: number): Promise<Drive> => {
  const step = load === 8 ? stepResult('s', [], { rps: 0 }) : stepResult('s', [10_000, 10_000], { rps: 50 * load });
  return Promise.resolve(() => Promise.resolve(drillReport(step)));
};

/** Slow to wake up: 20 ms to answer one client, 10 ms to answer each of four. */
const quickerUnderLoad = (load: number): Promise<Drive> => {
  const us = load === 1 ? 20_000 : 10_000;
  return Promise.resolve(() => Promise.resolve(drillReport(stepResult('s', [us, us], { rps: (load / us) * 1e6 }))));
};

describe('sweep', () => {
  it('bounds no point by less than it has reached', async () => {
    const { curves } = await sweep([server('a')], quickerUnderLoad, {
      ...alone,
      loads: [1, 4],
      warmupMs: 0,
      clock: new ManualClock(),
      signal: new AbortController().signal,
    });
    assert.deepEqual(
      curves[0]?.points.map(({ rps, boundRps }) => [rps, Math.round(boundRps ?? 0)]),
      [
        [50, 100],
        [400, 400],
      ],
    );
  });

  it('bounds each point by its clients and by the cores, and says which drives cannot be believed', async () => {
    const candidate: Candidate = {
      id: 'a',
      start: () => Promise.resolve({ base: 'a', settings: {}, close: () => Promise.resolve() }),
    };
    const options = { loads: [1, 4, 8], rounds: 2, seed: 1, warmupMs: 0, cores: 2, clock: new ManualClock() };
    const { curves, leaders } = await sweep([candidate], delayedUpTo4, {
      ...options,
      vary: 'concurrency',
      signal: new AbortController().signal,
    });
    const [curveOfA] = curves;
    assert.equal(curveOfA?.unloadedUs, 10_000);
    assert.ok(Math.abs(curveOfA.thinkUs - 10_000) < 10, 'as near as a histogram has its mean');
    assert.deepEqual(
      curveOfA.points.map(({ boundRps, health }) => [Math.round(boundRps ?? 0), health.verdict]),
      [
        [50, 'PASS'],
        [200, 'PASS'],
        [400, 'INVALID'],
      ],
    );
    assert.deepEqual(leaders.find(({ load }) => load === 8)?.ids, []);
  });

  it('believes no load at which every request failed, and bounds nothing by it', async () => {
    const step = stepResult('s', [], { requests: 500, failed: 500, rps: 500 });
    const { curves } = await sweep([server('a')], () => Promise.resolve(() => Promise.resolve(drillReport(step))), {
      ...alone,
      warmupMs: 0,
      clock: new ManualClock(),
      signal: new AbortController().signal,
    });
    const [{ points, unloadedUs, ceilingRps } = {}] = curves;
    assert.deepEqual(points?.[0]?.health, {
      verdict: 'INVALID',
      reasons: ['not one request was answered as it should'],
    });
    assert.deepEqual([unloadedUs, ceilingRps], [0, undefined]);
  });

  it('drives again, with a longer warm-up, where clients still waited for their first answer', async () => {
    const warmUps: number[] = [];
    const late = stepResult('s', [1000], { rps: 1, requests: 1 });
    const settled = stepResult('s', [1000, 1000], { rps: 4000, requests: 4000 });
    const { curves } = await sweep(
      [server('a')],
      (_, warmupMs) => {
        warmUps.push(warmupMs);
        return Promise.resolve(() =>
          Promise.resolve(
            warmupMs < 1000
              ? drillReport(late, { busyShare: 0.2, elapsedMs: 1500, scenarios: late.latency })
              : drillReport(settled, { busyShare: 0.99, scenarios: settled.latency }),
          ),
        );
      },
      { ...alone, warmupMs: 300, clock: new ManualClock(), signal: new AbortController().signal },
    );
    assert.deepEqual(warmUps, [300, 2250], 'a quarter more than what it took them');
    const [point] = curves[0]?.points ?? [];
    assert.deepEqual([point?.rps, point?.health.verdict], [4000, 'PASS']);
  });

  it('calls a load INVALID whose clients never all began, or whose iterations are too long for its step', async () => {
    assert.match(await cardOf(1000), /^INVALID: clients still waited for their first answer .*--warmup is too short/);
    assert.match(await cardOf(600_000), /^INVALID: iterations take 60\d ms: --step is too short for that$/);
  });

  it('keeps what it has when a server does not start any more, and says why it stopped', async () => {
    let starts = 0;
    const mortal: Candidate = {
      id: 'mortal',
      start: (signal) =>
        ++starts > 1 ? Promise.reject(new UserError('it did not start')) : server('mortal').start(signal),
    };
    const step = stepResult('s', [1000], { errors: [{ class: 'reset', message: 'reset', count: 2 }] });
    const options = { ...alone, rounds: 3, warmupMs: 0, clock: new ManualClock() };
    const { curves, stopped, partial, rounds } = await sweep(
      [mortal],
      () => Promise.resolve(() => Promise.resolve(drillReport(step))),
      { ...options, signal: new AbortController().signal },
    );
    assert.deepEqual([stopped, partial, rounds], ['mortal, round 2: it did not start', true, 1]);
    assert.deepEqual(curves[0]?.errors, [{ class: 'reset', message: 'reset', count: 2 }]);
  });

  it('drives every candidate at every load in every round, on one server a round', async () => {
    const events: string[] = [];
    const candidate = (id: string): Candidate => ({
      id,
      start: () => {
        events.push(`start ${id}`);
        return Promise.resolve({ base: id, settings: {}, close: () => Promise.resolve() });
      },
    });
    const driveAt = (load: number): Promise<Drive> =>
      Promise.resolve((base) => {
        events.push(`${base} ${load}`);
        return Promise.resolve(
          drillReport(stepResult('s', [Math.max(1000, 250 * load)], { rps: Math.min(load, 4) * 100, requests: 10 })),
        );
      });
    const options = {
      vary: 'concurrency',
      loads: [1, 4, 16],
      rounds: 3,
      seed: 9,
      warmupMs: 0,
      cores: 2,
      clock: new ManualClock(),
      signal: new AbortController().signal,
    } as const;
    const { curves, rounds, crossovers } = await sweep([candidate('a'), candidate('b')], driveAt, options);
    assert.equal(rounds, 3);
    assert.deepEqual(
      curves.map(({ id, points }) => [id, points.map(({ load, rps }) => `${load}: ${rps}`).join(', ')]),
      [
        ['a', '1: 100, 4: 400, 16: 400'],
        ['b', '1: 100, 4: 400, 16: 400'],
      ],
    );
    assert.deepEqual(
      curves[0]?.points.map(({ requests }) => requests),
      [30, 30, 30],
    );
    assert.deepEqual(
      curves.map(({ knee }) => knee),
      [4, 4],
    );
    assert.deepEqual(crossovers, []);
    assert.equal(events.filter((event) => event.startsWith('start')).length, 6);
    assert.equal(events.filter((event) => event === 'a 16').length, 3);
  });
});
