import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ExitCode, UserError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import type { ChildStart, FromChild, ReadyMessage, ToChild } from './child-messages.js';
import { LoadingPatience } from './loading-patience.js';
import { PendingCalls } from './pending-calls.js';
import { exitOf } from './processes/exit-of.js';
import { killGroup } from './processes/process-group.js';
import type { ServerStats } from './stats.js';
import { userErrorOf } from './user-error-message.js';

/** After the grace time the child cuts what is left and ends; one that computes cannot. */
const killAfterMs = 200;
/** Then it is said that the child does not answer. */
const longestSilenceMs = 1000;

/** The child process of a server, as its parent sees it. */
export class ServerChild {
  /** Resolves when it listens. Rejects when it ends before, or fails. */
  readonly ready: Promise<ReadyMessage>;
  /** Resolves to how it ended: `exit code 3`, `SIGKILL`. */
  readonly exited: Promise<string>;
  /** Resolves when it has ended: to an error when nobody had asked it to. */
  readonly ended: Promise<Error | undefined>;
  readonly #process: ChildProcess;
  readonly #app: string | undefined;
  readonly #graceMs: number;
  readonly #log: Log;
  readonly #patience: LoadingPatience | undefined;
  readonly #calls = new PendingCalls<ServerStats>();
  #closing: Promise<void> | undefined;
  #failure: Error | undefined;
  #isReady = false;
  /** It has said that it closes. */
  #hasHeard = false;

  /** @param longestLoadMs how long an application may take to load, in each thread */
  constructor(start: ChildStart, log: Log, longestLoadMs: number) {
    this.#app = start.app;
    this.#graceMs = start.graceMs ?? 5000;
    this.#log = log;
    this.#process = fork(fileURLToPath(new URL('./child.js', import.meta.url)), [JSON.stringify(start)], {
      execArgv: [],
      // Standard output is for results, and an application may print: both streams go to standard error.
      stdio: ['ignore', 2, 2, 'ipc'],
      // A process group of its own: Ctrl-C reaches the parent alone, which decides what it means.
      detached: true,
    });
    if (start.app !== undefined) this.#patience = this.#patienceWith(start.app, longestLoadMs);
    this.exited = exitOf(this.#process);
    this.ended = this.exited.then((how) => {
      this.#patience?.end();
      this.#calls.abandon();
      return this.#closing === undefined ? (this.#failure ?? this.#unasked(how)) : undefined;
    });
    this.ready = new Promise((resolve, reject) => {
      this.#process.on('message', (message) => {
        // An application may send anything.
        if (typeof message === 'object' && message !== null) this.#heard(message as FromChild, resolve, reject);
      });
      void this.ended.then(reject);
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Its counters; `undefined` when it has ended. */
  async stats(): Promise<ServerStats | undefined> {
    if (!this.#process.connected) return undefined;
    return this.#calls.ask((call) => this.#tell({ kind: 'stats', call }));
  }

  /** Closes it gracefully; before it listens, and soon after the grace time, by killing it. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Kills it because somebody has asked for that. */
  kill(): void {
    this.#closing ??= this.exited.then(() => undefined);
    this.#kill();
  }

  /** Kills it because it has not started. Resolves when it has ended. */
  async giveUp(): Promise<void> {
    this.#kill();
    await this.exited;
  }

  async #close(): Promise<void> {
    if (this.#isReady) this.#tell({ kind: 'close' });
    else this.#kill();
    const silence = setTimeout(() => {
      if (!this.#hasHeard)
        this.#log('warn', `the server does not answer: it computes, and has ${this.#graceMs} ms in all to end`);
    }, longestSilenceMs);
    const overdue = setTimeout(() => {
      this.#log('warn', `the grace time of ${this.#graceMs} ms is over: killing the server, which has not ended`);
      this.#kill();
    }, this.#graceMs + killAfterMs);
    await this.exited;
    clearTimeout(silence);
    clearTimeout(overdue);
  }

  #kill(): void {
    if (this.#process.pid !== undefined) killGroup(this.#process.pid);
  }

  // To a child that has just gone it is no news: `ended` tells.
  #tell(message: ToChild): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  #heard(message: FromChild, resolve: (ready: ReadyMessage) => void, reject: (error: Error) => void): void {
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        this.#patience?.end();
        resolve(message);
        break;
      case 'userError':
        reject((this.#failure = userErrorOf(message)));
        break;
      case 'failed':
        reject((this.#failure = this.#failed(message.text)));
        break;
      case 'progress':
        if (!this.#isReady) this.#patience?.renew();
        break;
      case 'closing':
        this.#hasHeard = true;
        break;
      case 'stats':
        this.#calls.answer(message.call, message.stats);
        break;
      case 'log':
        this.#log(message.level, message.message);
        break;
    }
  }

  #patienceWith(app: string, longestMs: number): LoadingPatience {
    const longest = `${longestMs / 1000} s`;
    return new LoadingPatience(longestMs, {
      slow: () => this.#log('warn', `--app ${app} is still loading, for up to ${longest}`),
      over: () => {
        this.#failure = new UserError(`--app ${app} does not load: it has not finished after ${longest}`);
        this.#kill();
      },
    });
  }

  #failed(text: string): Error {
    return this.#app === undefined
      ? new Error(`the server failed: ${text}`)
      : new UserError(`--app ${this.#app} has failed: ${text}`, { exitCode: ExitCode.runFailed });
  }

  #unasked(how: string): UserError {
    const when = this.#isReady ? '' : ' before it listened';
    const question = this.#app === undefined ? '' : ': does the application exit?';
    return new UserError(`the server process ended${when} (${how})${question}`, { exitCode: ExitCode.runFailed });
  }
}
