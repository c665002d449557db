import type { Worker } from 'node:cluster';
import { ExitCode, UserError } from '../../core/errors.js';
import type { Log } from '../../core/log.js';
import { PendingCalls } from '../pending-calls.js';
import type { ServerStats } from '../stats.js';
import { exitOf } from '../processes/exit-of.js';
import type { FromWorker, ToWorker } from './messages.js';
import { untilForgotten } from './until-forgotten.js';

/** A process of `cluster`, as the primary sees it. */
export class ClusterProcess {
  /** Where it waits for the clients of a rehearsal; never settles when it does not come that far. */
  readonly rehearsing: Promise<number>;
  /** On which port it listens. */
  readonly ready: Promise<number>;
  /** How it ended: `exit code 3`, `SIGKILL`. */
  readonly ended: Promise<string>;
  readonly #worker: Worker;
  readonly #calls = new PendingCalls<ServerStats>();

  /** @param totals the counters of all processes, for whoever asks one of them */
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
    let rehearses!: (port: number) => void;
    this.rehearsing = new Promise((resolve) => {
      rehearses = resolve;
    });
    this.ready = new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        switch (message.kind) {
          case 'rehearsing':
            rehearses(message.port);
            break;
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
        reject(
          new UserError(`a process of the cluster ended before it was ready (${how})`, {
            exitCode: ExitCode.runFailed,
          }),
        ),
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

  endRehearsal(): void {
    this.#tell({ kind: 'rehearsed' });
  }

  /** It takes no more of the connections that it has; those that wait are to be handed out still. */
  beginToEnd(): void {
    this.#tell({ kind: 'ending' });
  }

  /** No connection is handed out any more. */
  drain(): void {
    this.#tell({ kind: 'drain' });
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }
}
