import { ExitCode } from '../../core/errors.js';
import type { DrillReport, LatencySummary } from '../../core/results.js';
import { formatDurationUs } from '../../core/units.js';
import type { LoadOverrides } from '../../drill/plan/load-settings.js';
import type { ServerProcess } from '../../servers/server-process.js';
import type { Demo } from '../demo.js';
import { environmentOf } from '../environment.js';
import type { Io } from '../io.js';
import { LiveLine } from '../live-line.js';

/** How long each measurement lasts, and when and for how long the server stands still in it. */
interface Times {
  readonly runMs: number;
  readonly pauseAtMs: number;
  readonly pauseMs: number;
}

/** Long enough for people to believe it. */
const usualTimes: Times = { runMs: 4000, pauseAtMs: 1300, pauseMs: 1400 };
const ratePerSecond = 100;

/** What a request to the server takes: it sleeps 2 ms. */
const path = '/2';

/** Three ways to measure the same stall of the same server. */
const measurements: readonly {
  readonly heading: string;
  readonly what: string;
  readonly load: (runMs: number) => LoadOverrides;
}[] = [
  {
    heading: 'closed loop',
    what: 'one client, as fast as it is answered (wrk, ab, k6 by default)',
    load: (runMs) => ({ concurrency: 1, durationMs: runMs }),
  },
  {
    heading: 'service time',
    what: `one client that wants to send ${ratePerSecond} requests/s, timed from when it could`,
    // The ramp spreads the starts of as many iterations as are due, one client has to get through all of them.
    load: (runMs) => ({ concurrency: 1, iterations: (ratePerSecond * runMs) / 1000, rampMs: runMs }),
  },
  {
    heading: 'response time',
    what: `${ratePerSecond} requests/s on a schedule, timed from when they were due (archbench --rate)`,
    load: (runMs) => ({ ratePerSecond, durationMs: runMs }),
  },
];

const rows: readonly (readonly [label: string, key: keyof LatencySummary])[] = [
  ['p50', 'p50Us'],
  ['p90', 'p90Us'],
  ['p99', 'p99Us'],
  ['p99.9', 'p999Us'],
  ['max', 'maxUs'],
];

const demo: Demo = {
  id: 'coordinated-omission',
  summary: `stops a server for ${usualTimes.pauseMs / 1000} s and shows who notices`,
  show: (io, signal) => showStall(io, signal, usualTimes),
};

export default demo;

/** Shows it in other times, too: what the text says holds for short ones as well. */
export async function showStall(io: Io, signal: AbortSignal, times: Times): Promise<number> {
  const live = new LiveLine(io.stderr);
  const seen: LatencySummary[] = [];
  for (const { heading, load } of measurements) {
    live.show(`${heading} …`);
    const report = await measure(load(times.runMs), times, io, signal);
    if (report.partial) {
      live.clear();
      return ExitCode.runFailed;
    }
    seen.push(report.total.latency);
  }
  live.clear();
  io.stdout.write(explanation(seen, times));
  return isAsTold(seen, times) ? ExitCode.ok : ExitCode.runFailed;
}

/** Drives a server of ours that stands still in the middle of the run. */
async function measure(load: LoadOverrides, times: Times, io: Io, signal: AbortSignal): Promise<DrillReport> {
  const { startServerProcess } = await import('../../servers/server-process.js');
  const { compilePlan } = await import('../../drill/plan/load.js');
  const { PlanSource } = await import('../../drill/plan/source.js');
  const { runPlan } = await import('../../drill/run-plan.js');
  await using server = await startServerProcess({
    mode: 'event-loop',
    set: [],
    host: '127.0.0.1',
    port: 0,
    graceMs: 500,
  });
  const text = JSON.stringify({ base: server.url, plan: [{ name: 'get', request: { url: path } }] });
  const plan = await compilePlan(new PlanSource('demo', 'demo', text), { cwd: io.cwd, env: io.env, overrides: load });
  const over = new AbortController();
  const pausing = pause(server, times, io, AbortSignal.any([signal, over.signal]));
  try {
    const environment = environmentOf(io);
    return await runPlan(plan, { env: {}, environment, clock: io.clock, signal, timeoutMs: 30_000, seed: 1 });
  } finally {
    over.abort();
    await pausing;
  }
}

/** Stops the process as a garbage collection, a page fault storm or a busy neighbour would; never leaves it stopped. */
async function pause(
  { pid }: ServerProcess,
  { pauseAtMs, pauseMs }: Times,
  io: Io,
  signal: AbortSignal,
): Promise<void> {
  const sleep = (ms: number): Promise<void> => io.clock.sleep(ms, signal).catch(() => undefined);
  await sleep(pauseAtMs);
  if (signal.aborted) return;
  io.kill(pid, 'SIGSTOP');
  try {
    await sleep(pauseMs);
  } finally {
    io.kill(pid, 'SIGCONT');
  }
}

function explanation(seen: readonly LatencySummary[], { runMs, pauseMs }: Times): string {
  const width = 16;
  const lines = [
    `A server that takes 2 ms stood still for ${pauseMs / 1000} s of a run of ${runMs / 1000} s, in each of these three:`,
    '',
    ...measurements.map(({ heading, what }) => `  ${heading.padEnd(14)} ${what}`),
    '',
    ['      ', ...measurements.map(({ heading }) => heading.padStart(width))].join(''),
    ...rows.map(([label, key]) =>
      [label.padEnd(6), ...seen.map((summary) => formatDurationUs(summary[key]).padStart(width))].join(''),
    ),
    '',
    'The first two stopped asking while the server stood still, so their percentiles count one slow request where',
    `about ${(ratePerSecond * pauseMs) / 1000} users would have waited: the omission is coordinated with the stall.`,
    'On a schedule every request that was due is asked and counted from when it was due, which is what users feel.',
  ];
  return `${lines.join('\n')}\n`;
}

/** The self-test: only the schedule's p99 knows of the stall, and everybody's maximum does. */
function isAsTold([closed, service, response]: readonly LatencySummary[], { pauseMs }: Times): boolean {
  if (closed === undefined || service === undefined || response === undefined) return false;
  const stallUs = pauseMs * 1000;
  const noticed = response.p99Us > 0.7 * stallUs && response.p90Us > 0.3 * stallUs;
  const missed = closed.p99Us < 0.3 * stallUs && service.p90Us < 0.3 * stallUs;
  return noticed && missed && [closed, service, response].every(({ maxUs }) => maxUs > 0.9 * stallUs);
}
