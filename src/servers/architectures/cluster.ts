// The reference row for several cores: `node:cluster`, N processes that each run `node:http` on the same port.
//
//                   ┌─ primary ─┐   the descriptor,     ┌─ process 1: event loop, node:http ─┐
//   clients ══►     │  accept   │ ─ as a message   ───► ├─ process 2: event loop, node:http ─┤
//                   └───────────┘   round robin         └─ process N: event loop, node:http ─┘
//
// Nothing is shared: no memory, no lock. The price is a Node process each (40 MB and more), every connection passed
// between processes, one at a time to each, and state that cannot be shared. With `scheduling=none` the processes accept
// by themselves, as those of nginx do: no connection is passed on, but who is quick takes more than its share. A process
// that dies ends the server: nobody is measured unawares with one less.

import cluster, { type Worker } from 'node:cluster';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { collectYoungGarbage } from '../../core/collect-garbage.js';
import { ExitCode, UserError } from '../../core/errors.js';
import { choiceSetting, integerSetting } from '../../core/settings.js';
import { unsupportedReason } from '../../net/sys/platform.js';
import { close, holdPort, localPort } from '../../net/sys/socket.js';
import type { Architecture } from '../architecture.js';
import { protocols } from '../catalogue.js';
import { ClusterProcess } from '../cluster/process.js';
import { dropNewcomersAt } from '../cluster/drop-newcomers-at.js';
import { handOutWaiting } from '../cluster/hand-out-waiting.js';
import type { ProcessStart } from '../cluster/messages.js';
import { sendClients } from '../cluster/rehearsal-clients.js';
import { mostWaiting } from '../limits.js';
import { canRehearse, rehearsalClients } from '../rehearsal.js';
import type { Protocol } from '../service.js';
import { type ServerStats, sumStats } from '../stats.js';

/** Starts a process. */
function fork(start: ProcessStart): Worker {
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('../cluster/worker.js', import.meta.url)),
    args: [JSON.stringify(start)],
    execArgv: [],
    // Standard output is for results.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  return cluster.fork();
}

/**
 * Sends them clients of our own, on the way on which all others will come: the code that passes connections on is cold
 * in the beginning, as that of `node:http` is. Measured: 150 clients at once, each sleeping 1000 ms; the slowest waits
 * 1036 ms where each process rehearses for itself, 1026 ms so.
 */
async function rehearseAll(processes: readonly ClusterProcess[], { example }: Protocol): Promise<void> {
  const [port = 0] = await Promise.all(processes.map(({ rehearsing, ready }) => Promise.race([rehearsing, ready])));
  await sendClients(port, example, { clients: rehearsalClients, rounds: 24 });
  collectYoungGarbage();
  for (const process of processes) process.endRehearsal();
}

/** How many connections each process may have, for there is no counter that processes share. */
function sharesOf(maxConnections: number, workers: number): number[] {
  if (maxConnections < workers)
    throw new UserError(`maxConnections=${maxConnections} is less than one for each of ${workers} workers`, {
      hint: `--set maxConnections=${workers}, or workers=${maxConnections}`,
    });
  const [least, more] = [Math.floor(maxConnections / workers), maxConnections % workers];
  return Array.from({ length: workers }, (_, i) => (i < more ? least + 1 : least));
}

/** Nobody is to be measured unawares with one less. @param how it ended: `exit code 3`, `SIGKILL` */
function lost(how: string): UserError {
  return new UserError(`a process of the cluster has ended (${how}): does the application exit?`, {
    exitCode: ExitCode.runFailed,
  });
}

const settings = {
  workers: integerSetting('processes', availableParallelism(), { min: 1, max: 256 }),
  scheduling: choiceSetting(
    'who gives connections to processes: the primary, in turn (rr), or nobody, they take them (none)',
    ['rr', 'none'],
  ),
};

const architecture: Architecture<typeof settings> = {
  id: 'cluster',
  summary: 'node:cluster: N processes of node:http on one port',
  family: 'processes',
  settings,
  async start({ host, port, spec, log, fail }, { workers, scheduling }) {
    const { architecture: id, settings: own, limits, protocol, app } = spec;
    const shares = sharesOf(limits.maxConnections, workers);
    // `node:cluster` knows a listening socket by its address: two servers of one process that asked for any port would
    // get the same one.
    const held = port === 0 && unsupportedReason() === undefined ? holdPort(host) : undefined;
    const rehearse = spec.rehearse && canRehearse();
    const plain = { architecture: id, settings: own, limits, protocol, app };
    const start: ProcessStart = { ...plain, rehearse, host, port: held === undefined ? port : localPort(held) };
    cluster.schedulingPolicy = scheduling === 'rr' ? cluster.SCHED_RR : cluster.SCHED_NONE;
    const processes: ClusterProcess[] = [];
    const stats = async (): Promise<ServerStats> =>
      sumStats(spec, await Promise.all(processes.map((process) => process.stats())));
    const allEnded = (): Promise<unknown> => Promise.all(processes.map((process) => process.ended));
    const kill = (): void => {
      for (const process of processes) process.kill();
    };
    try {
      for (const maxConnections of shares)
        processes.push(new ClusterProcess(fork({ ...start, limits: { ...limits, maxConnections } }), log, stats));
      if (rehearse) await rehearseAll(processes, await protocols.load(protocol));
      const [boundPort = 0] = await Promise.all(processes.map((process) => process.ready));
      let isDraining = false;
      for (const process of processes) void process.ended.then((how) => (isDraining ? undefined : fail(lost(how))));
      return {
        port: boundPort,
        stats,
        drain: async () => {
          isDraining = true;
          dropNewcomersAt(boundPort);
          for (const process of processes) process.beginToEnd();
          await handOutWaiting(processes, mostWaiting(limits.backlog));
          for (const process of processes) process.drain();
          await allEnded();
        },
        abort: kill,
      };
    } catch (error) {
      kill();
      await allEnded();
      throw error;
    } finally {
      if (held !== undefined) close(held);
    }
  },
};

export default architecture;
