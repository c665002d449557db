// The entry of every process of `cluster`: a `node:http` server on a port that all of them share. It does what the
// primary says and ends with it.
import cluster from 'node:cluster';
import process from 'node:process';
import { collectYoungGarbage } from '../../core/collect-garbage.js';
import { surviveLostTerminal } from '../../core/lost-terminal.js';
import { Counters } from '../counters.js';
import { createNodeHttpServer } from '../executors/node-http/server.js';
import { listen, startNodeServer } from '../executors/loop/node-server.js';
import { unsupportedReason } from '../../net/sys/platform.js';
import { dieWithParent } from '../../net/sys/process.js';
import { defaultLimits } from '../limits.js';
import { PendingCalls } from '../pending-calls.js';
import { failureText } from '../failure-text.js';
import { Phase } from '../phase.js';
import { surviveUnreadOutput, tellParent } from '../processes/parent.js';
import type { FromWorker, ProcessStart, ToWorker } from './messages.js';
import { openService } from '../service.js';
import type { ServerStats } from '../stats.js';
import { createWorkload } from '../workload.js';

const start = JSON.parse(process.argv[2] ?? '') as ProcessStart;

function tell(message: FromWorker): void {
  tellParent(message);
}

// Ends with the primary, also while it computes.
if (unsupportedReason() === undefined) dieWithParent();

// A message to a primary that is just ending: 'disconnect' follows.
process.on('error', () => undefined);

// Signals reach the whole process group; the primary decides what they mean.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
surviveLostTerminal(process);

// What nobody caught, an application's or ours: told in words, and the primary then ends the server.
process.on('uncaughtException', (error) => {
  const message: FromWorker = { kind: 'log', level: 'error', message: failureText(error) };
  tellParent(message, () => process.exit(1));
});

if (start.app !== undefined) surviveUnreadOutput();

const counters = Counters.allocate();
const phase = new Phase();
const service = await openService(
  { ...start, rehearse: false, counters: counters.memory, phase: phase.memory },
  0,
  (level, message) => tell({ kind: 'log', level, message }),
);
counters.threadStarted();

/** Questions for the sum over all processes. */
const calls = new PendingCalls<ServerStats>();
const totals = async (): Promise<ServerStats> =>
  // The primary answers, or this process ends with it.
  (await calls.ask((call) => tell({ kind: 'askTotals', call }))) as ServerStats;

/** Serves clients of the primary's, which come as all others will, until it says that there were enough. */
async function rehearse(): Promise<void> {
  const rehearsed = service.apart(createWorkload(), defaultLimits());
  const { server, drain, abort } = createNodeHttpServer(rehearsed);
  const port = await listen(server, { host: '127.0.0.1', port: 0, backlog: start.limits.backlog });
  const enough = new Promise<void>((resolve) => {
    process.on('message', ({ kind }: ToWorker) => {
      if (kind === 'rehearsed') resolve();
    });
  });
  tell({ kind: 'rehearsing', port });
  await enough;
  rehearsed.phase.enter('aborting');
  abort();
  await drain();
  collectYoungGarbage();
}

try {
  if (start.rehearse) await rehearse();
  const server = await startNodeServer((given) => createNodeHttpServer(given, totals), service, start);
  const end = async (): Promise<void> => {
    await server.drain();
    // Whatever timers an application has left.
    process.once('disconnect', () => process.exit());
    cluster.worker?.disconnect();
  };
  process.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'rehearsed':
        // Heard above.
        break;
      case 'ending':
        phase.enter('draining');
        break;
      case 'drain':
        void end();
        break;
      case 'askStats':
        void server.stats().then((stats) => tell({ kind: 'stats', call: message.call, stats }));
        break;
      case 'totals':
        calls.answer(message.call, message.stats);
        break;
    }
  });
  tell({ kind: 'ready', port: server.port });
} catch (error) {
  const { code = 'EUNKNOWN', message } = error as NodeJS.ErrnoException;
  tell({ kind: 'notStarted', code, message });
}
