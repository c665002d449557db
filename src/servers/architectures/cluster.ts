import cluster, { type Worker } from 'node:cluster';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ExitCode, UserError } from '../../core/errors.js';
import type { Log, LogLevel } from '../../core/log.js';
import { choiceSetting, integerSetting } from '../../core/settings.js';
import { unsupportedReason } from '../../net/sys/platform.js';
import { close, holdPort, localPort } from '../../net/sys/socket.js';
import type { Architecture } from '../architecture.js';
import { fullTurn } from '../executors/loop-turn.js';
import { PendingCalls } from '../pending-calls.js';
import { exitOf } from '../processes/exit-of.js';
import { untilForgotten } from '../processes/until-forgotten.js';
import type { ServerSpec } from '../service.js';
import { type ServerStats, sumStats } from '../stats.js';

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

/** What a process is started with, as JSON in its first argument. */
export interface WorkerStart extends Pick<
  ServerSpec,
  'architecture' | 'settings' | 'limits' | 'rehearse' | 'protocol' | 'app'
> {
  readonly host: string;
  readonly port: number;
  /** How many of them there are. */
  readonly processes: number;
}

/** From the primary to a process. */
export type ToWorker =
  | { readonly kind: 'drain' }
  | { readonly kind: 'askStats'; readonly call: number }
  | { readonly kind: 'totals'; readonly call: number; readonly stats: ServerStats };

/** From a process to the primary. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'notStarted'; readonly code: string; readonly message: string }
  | { readonly kind: 'stats'; readonly call: number; readonly stats: ServerStats }
  /** A client wants the counters of all processes. */
  | { readonly kind: 'askTotals'; readonly call: number }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string };

const runFailed = { exitCode: ExitCode.runFailed };

/** A process of the cluster, as the primary sees it. */
class Process {
  readonly ready: Promise<number>;
  /** How it ended: `exit code 3`, `SIGKILL`. */
  readonly ended: Promise<string>;
  readonly #worker: Worker;
  readonly #calls = new PendingCalls<ServerStats>();

  constructor(worker: Worker, log: Log, totals: () => Promise<ServerStats>) {
    this.#worker = worker;
    const forgotten = untilForgotten(worker);
    this.ended = exitOf(worker.process).then(async (how) => {
      this.#calls.abandon();
      if (worker.process.pid !== undefined) await forgotten;
      return how;
    });
    // A message to a process that is just ending: `ended` tells.
    worker.on('error', () => undefined);
    this.ready = new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        switch (message.kind) {
          case 'ready':
            resolve(message.port);
            break;
          case 'notStarted':
            reject(Object.assign(new Error(message.message), { code: message.code }));
            break;
          case 'stats':
            this.#calls.answer(message.call, message.stats);
            break;
          case 'askTotals':
            void totals().then((stats) => this.#tell({ kind: 'totals', call: message.call, stats }));
            break;
          case 'log':
            log(message.level, message.message);
            break;
        }
      });
      void this.ended.then((how) =>
        reject(new UserError(`a process of the cluster ended before it was ready (${how})`, runFailed)),
      );
    });
  }

  #tell(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message, undefined, () => undefined);
  }

  /** What it has counted; `undefined` when it has ended. */
  async stats(): Promise<ServerStats | undefined> {
    if (!this.#worker.isConnected()) return undefined;
    return this.#calls.ask((call) => this.#tell({ kind: 'askStats', call }));
  }

  get isRunning(): boolean {
    return this.#worker.isConnected();
  }

  drain(): void {
    this.#tell({ kind: 'drain' });
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }
}

/** A process that computes does not answer; the others need not wait for it. */
const longestAnswerMs = 250;

/** How many connections each process has been handed and has served or refused; `undefined` for who does not say. */
function takenBy(processes: readonly Process[]): Promise<(number | undefined)[]> {
  const silence = sleep(longestAnswerMs, undefined, { ref: false });
  return Promise.all(
    processes.map(async (process) => {
      const stats = await Promise.race([process.stats(), silence]);
      return stats && stats.connections.accepted + stats.connections.rejected;
    }),
  );
}

/**
 * Lets the primary accept whoever waits in the accept queue and hand each to a process, until a round brings none. To
 * be done before the processes close. A descriptor and the question for the counters travel on one channel, so a
 * process that answers has counted what was handed to it before, and is free for the next: while one does, nobody waits
 * in the primary. While all compute, somebody may.
 */
async function handOutWaiting(processes: readonly Process[], mostRounds: number): Promise<void> {
  let before: readonly (number | undefined)[] = [];
  for (let rounds = 0; rounds < mostRounds && processes.some((process) => process.isRunning); rounds++) {
    await fullTurn();
    const now = await takenBy(processes);
    const known = now.flatMap((count, i) => (count === undefined ? [] : [count === before[i]]));
    if (known.length > 0 && known.every(Boolean)) return;
    before = now;
  }
}

/** Starts a process. */
function fork(start: WorkerStart): Worker {
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('../cluster-worker.js', import.meta.url)),
    args: [JSON.stringify(start)],
    execArgv: [],
    // Standard output is for results.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  return cluster.fork();
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
    const { architecture: id, limits, rehearse, protocol, app } = spec;
    const shares = sharesOf(limits.maxConnections, workers);
    // `node:cluster` knows a listening socket by its address: two servers of one process that asked for any port would
    // get the same one.
    const held = port === 0 && unsupportedReason() === undefined ? holdPort(host) : undefined;
    const start: WorkerStart = {
      architecture: id,
      settings: spec.settings,
      limits,
      rehearse,
      protocol,
      app,
      host,
      port: held === undefined ? port : localPort(held),
      processes: workers,
    };
    cluster.schedulingPolicy = scheduling === 'rr' ? cluster.SCHED_RR : cluster.SCHED_NONE;
    const processes: Process[] = [];
    const stats = async (): Promise<ServerStats> => {
      const each = await Promise.all(processes.map((process) => process.stats()));
      return sumStats({ architecture: id, settings: spec.settings }, each);
    };
    for (const maxConnections of shares)
      processes.push(new Process(fork({ ...start, limits: { ...limits, maxConnections } }), log, stats));
    const ended = Promise.all(processes.map((process) => process.ended));
    const kill = (): void => {
      for (const process of processes) process.kill();
    };
    try {
      const [boundPort = 0] = await Promise.all(processes.map((process) => process.ready));
      let isDraining = false;
      for (const process of processes)
        void process.ended.then((how) =>
          isDraining
            ? undefined
            : fail(new UserError(`a process of the cluster has ended (${how}): does the application exit?`, runFailed)),
        );
      return {
        port: boundPort,
        stats,
        drain: async () => {
          isDraining = true;
          await handOutWaiting(processes, limits.backlog);
          for (const process of processes) process.drain();
          await ended;
        },
        abort: kill,
      };
    } catch (error) {
      kill();
      await ended;
      throw error;
    } finally {
      if (held !== undefined) close(held);
    }
  },
};

export default architecture;
