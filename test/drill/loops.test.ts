import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillReport } from '../../src/core/results.js';
import { compilePlan } from '../../src/drill/plan/load.js';
import type { LoadOverrides } from '../../src/drill/plan/load-settings.js';
import { PlanSource } from '../../src/drill/plan/source.js';
import { runPlan, type RunOptions, type RunProgress } from '../../src/drill/run-plan.js';
import { ScriptedServer, type Script } from '../support/scripted-server.js';

const environment = { archbench: '0', node: '0', platform: '-', kernel: '-', cpu: '-', cores: 1 };
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const answerAtOnce: Script = (socket) => void socket.write(ok);

const answerAfter300Ms: Script = async (socket) => {
  await sleep(300);
  socket.write(ok);
};

/** Drives a server with a plan of one request. */
async function drive(
  load: LoadOverrides,
  options: Partial<RunOptions> = {},
  script: Script = answerAtOnce,
  settings: object = {},
): Promise<DrillReport> {
  await using server = await ScriptedServer.start(script);
  const text = JSON.stringify({
    base: `http://127.0.0.1:${server.port}`,
    ...settings,
    plan: [{ name: 'get', request: { url: '/{{ iteration }}' } }],
  });
  const plan = await compilePlan(new PlanSource('p', 'p', text), { cwd: '/', env: {}, overrides: load });
  return await runPlan(plan, { env: {}, environment, ...options });
}

describe('an open loop', () => {
  it('sends exactly what is due, and times it from when it was due', async () => {
    const { total, series, load } = await drive({ ratePerSecond: 500, durationMs: 1000 });
    assert.deepEqual([total.requests, total.dropped, load?.loop], [500, 0, 'open']);
    const { lateness, service, latency } = total;
    assert.ok(lateness !== undefined && service !== undefined);
    // due → sent → done: the parts add up, to the rounding of histograms.
    assert.ok(Math.abs(lateness.meanUs + service.meanUs - latency.meanUs) <= 0.02 * latency.meanUs + 3);
    assert.equal(
      series.reduce((sum, second) => sum + second.requests, 0),
      500,
    );
  });

  it('lasts as long as its rate says, however quickly the last one is answered', async () => {
    for (const [load, requests] of [
      [{ ratePerSecond: 5, durationMs: 400 }, 2],
      [{ ratePerSecond: 5, iterations: 2 }, 2],
      [{ ratePerSecond: 5, durationMs: 400, arrival: 'poisson' }, undefined],
      [{ stages: [{ of: 'rate', target: 5, forMs: 400, ramp: 'none' }] }, 2],
    ] as const) {
      const { total, elapsedMs } = await drive(load);
      assert.ok(elapsedMs >= 400 && total.rps <= total.requests / 0.4, `${elapsedMs} ms`);
      assert.equal(total.requests, requests ?? total.requests);
    }
  });

  it('tells how many were on their way at half time and at the end', async () => {
    const answers: (() => void)[] = [];
    // Nobody is answered before the last has come.
    const script: Script = async (socket, _head, number) => {
      if (number < 99) await new Promise<void>((resolve) => answers.push(resolve));
      else for (const answer of answers) answer();
      socket.write(ok);
    };
    const { backlog } = await drive({ ratePerSecond: 100, durationMs: 1000 }, {}, script);
    assert.deepEqual(backlog, { halfway: 50, end: 100, started: 50 });
    assert.equal((await drive({ concurrency: 1, iterations: 1 })).backlog, undefined);
  });

  it('counts the time that a stalled server made users wait', async () => {
    let stalled = Promise.resolve();
    const script: Script = async (socket, _head, number) => {
      // Everybody who comes within the 400 ms after request 60 waits for its end.
      if (number === 60) stalled = sleep(400);
      await stalled;
      socket.write(ok);
    };
    const { total } = await drive({ ratePerSecond: 100, durationMs: 1500 }, {}, script);
    assert.equal(total.requests, 150);
    // 40 of 150 requests were due during the stall, evenly spread over it.
    assert.ok(total.latency.maxUs >= 395_000);
    assert.ok(total.latency.p90Us >= 200_000, `p90 ${total.latency.p90Us}`);
  });

  it('drops what is due beyond the limit, and says so', async () => {
    const load = { ratePerSecond: 100, durationMs: 1000, maxInFlight: 5 };
    const { total, health } = await drive(load, {}, answerAfter300Ms);
    assert.equal(total.requests + (total.dropped ?? 0), 100);
    assert.ok((total.dropped ?? 0) >= 50);
    assert.equal(health.verdict, 'INVALID');
    assert.match(health.reasons[0] ?? '', /of the asked rate was not sent/);
  });
});

describe('a run', () => {
  it('does not count its warm-up, and shows it', async () => {
    const seen: number[] = [];
    const script: Script = (socket, head) => {
      seen.push(Number(/^GET \/(\d+)/.exec(head)?.[1]));
      socket.write(ok);
    };
    const { total, warmup, elapsedMs } = await drive(
      { ratePerSecond: 100, durationMs: 400, warmupMs: 300 },
      {},
      script,
    );
    assert.deepEqual([total.requests, warmup.requests], [40, 30]);
    assert.ok(elapsedMs >= 390);
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      Array.from({ length: 70 }, (_, i) => i),
    );
  });

  it('is split over threads without a number missing or doubled', async () => {
    const seen: number[] = [];
    const script: Script = (socket, head) => {
      seen.push(Number(/^GET \/(\d+)/.exec(head)?.[1]));
      socket.write(ok);
    };
    const { total, load } = await drive({ iterations: 101, concurrency: 7 }, { threads: 3 }, script);
    assert.deepEqual([total.requests, total.ok, load?.threads], [101, 101, 3]);
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      Array.from({ length: 101 }, (_, i) => i),
    );
  });

  it('has no more threads than clients, so that no iteration is left undone', async () => {
    const { total, load } = await drive({ iterations: 20, concurrency: 2 }, { threads: 5 });
    assert.deepEqual([total.requests, load?.threads], [20, 2]);
  });

  it('keeps the bounds on connections and starts in flight over threads', async () => {
    const { total, load } = await drive(
      { ratePerSecond: 100, durationMs: 300, maxInFlight: 1 },
      { threads: 2 },
      answerAfter300Ms,
    );
    assert.deepEqual([total.requests, total.dropped, load?.threads], [1, 29, 1]);
  });

  it('keeps a rate over threads', async () => {
    const { total, series } = await drive({ ratePerSecond: 200, durationMs: 1200 }, { threads: 2 });
    assert.deepEqual([total.requests, total.dropped], [240, 0]);
    assert.equal(
      series.reduce((sum, second) => sum + second.requests, 0),
      240,
    );
  });

  it('ends early on all threads when it is told to, and keeps what it has', async () => {
    const stop = new AbortController();
    const script: Script = (socket, _head, number) => {
      if (number === 50) stop.abort();
      socket.write(ok);
    };
    const report = await drive({ durationMs: 60_000, concurrency: 4 }, { threads: 2, signal: stop.signal }, script);
    assert.equal(report.partial, true);
    assert.ok(report.total.requests >= 50 && report.elapsedMs < 30_000);
  });

  it('that is told to end before its threads have begun has a result all the same', async () => {
    const signal = AbortSignal.abort();
    const report = await drive({ durationMs: 60_000, concurrency: 4 }, { threads: 2, signal });
    assert.deepEqual([report.partial, report.total.requests], [true, 0]);
  });

  it('refuses on threads what it refuses without', async () => {
    const loading = drive({ iterations: 2, concurrency: 2 }, { threads: 2, transport: 'nonsense' });
    await assert.rejects(loading, { name: 'UserError', message: /unknown transport 'nonsense'/ });
  });

  it('changes its number of clients from stage to stage', async () => {
    let open = 0;
    let most = 0;
    const script: Script = async (socket) => {
      open += 1;
      most = Math.max(most, open);
      await sleep(20);
      open -= 1;
      socket.write(ok);
    };
    const settings = {
      stages: [
        { concurrency: 2, for: '200ms' },
        { concurrency: 6, for: '300ms' },
      ],
    };
    const { total, load, concurrency } = await drive({}, {}, script, settings);
    assert.equal(most, 6);
    assert.equal(concurrency, 6, 'at most');
    assert.ok(total.requests >= 20 && total.failed === 0);
    assert.equal(load?.stages?.length, 2);
  });

  it('tells once a second how far it is', async () => {
    const told: RunProgress[] = [];
    await drive({ ratePerSecond: 100, durationMs: 2300 }, { onProgress: (progress) => told.push(progress) });
    assert.ok(told.length >= 2);
    const [first, second] = told as [RunProgress, RunProgress];
    assert.ok(first.elapsedMs >= 1000 && second.elapsedMs >= 2000 && second.requests > first.requests);
    assert.equal(told.at(-1)?.failed, 0);
  });
});
