import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Candidate, Drive } from '../../src/compare/candidate.js';
import { crossoversOf, kneeOf, leadersOf } from '../../src/compare/curve.js';
import { parseLadder } from '../../src/compare/ladder.js';
import { sweep } from '../../src/compare/sweep.js';
import type { SweepCurve, SweepPoint } from '../../src/core/results.js';
import { ManualClock } from '../support/manual-clock.js';
import { drillReport, stepResult } from '../support/reports.js';

function curve(id: string, rates: Readonly<Record<number, readonly number[]>>): SweepCurve {
  const points = Object.entries(rates).map(([load, rpsByRound]): SweepPoint => {
    const rps = rpsByRound[rpsByRound.length >> 1] ?? 0;
    const { latency } = stepResult('', [(Number(load) / rps) * 1e6]);
    const p99UsByRound = rpsByRound.map((rate) => (Number(load) / rate) * 1e6);
    const health = { verdict: 'PASS', reasons: [] } as const;
    return { load: Number(load), requests: 100, failed: 0, rps, rpsByRound, p99UsByRound, latency, health };
  });
  return { id, points, unloadedUs: 0, thinkUs: 0 };
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
  ];
  for (const [text, why] of wrong) it(`refuses ${text}`, () => assert.throws(() => parseLadder(text), why));
});

describe('knee', () => {
  it('is where throughput over response time is highest: an M/D/∞ that hits its ceiling at 4', () => {
    const rates = { 1: [1000], 2: [2000], 4: [4000], 8: [4000], 16: [4000] };
    assert.equal(kneeOf(curve('a', rates).points), 4);
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

/** 10 ms to answer, 10 ms of delay between two requests; nobody is answered at 8. */
const delayedUpTo4 = (load: number): Promise<Drive> => {
  const step = load === 8 ? stepResult('s', [], { rps: 0 }) : stepResult('s', [10_000, 10_000], { rps: 50 * load });
  return Promise.resolve(() => Promise.resolve(drillReport(step)));
};

describe('sweep', () => {
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
