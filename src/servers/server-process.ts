import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ExitCode, UserError } from '../core/errors.js';
import type { Log, LogLevel } from '../core/log.js';
import type { ServerOptions } from './host.js';
import { LoadingPatience } from './loading-patience.js';
import { PendingCalls } from './pending-calls.js';
import { exitOf } from './processes/exit-of.js';
import { killGroup } from './processes/process-group.js';
import type { ServerStats } from './stats.js';
import { type UserErrorMessage, userErrorOf } from './user-error-message.js';

/** What the child is started with, as JSON in its first argument. */
export type ChildStart = Pick<ServerOptions, 'mode' | 'set' | 'app' | 'protocol' | 'host' | 'port' | 'graceMs'>;

/** From the parent to the child. */
export type ToChild = { readonly kind: 'stats'; readonly call: number } | { readonly kind: 'close' };

/** From the child to the parent. */
export type FromChild =
  | {
      readonly kind: 'ready';
      readonly id: string;
      readonly url: string;
      readonly port: number;
      readonly settings: Readonly<Record<string, unknown>>;
    }
  /** It did not start, for a reason that the user can do something about. */
  | UserErrorMessage
  /** What nobody caught, with its stack: an application's mistake, or a bug of ours. */
  | { readonly kind: 'failed'; readonly text: string }
  /** Its application has loaded, or another thread has started with it. */
  | { readonly kind: 'progress' }
  /** It has heard that it shall close. */
  | { readonly kind: 'closing' }
  | { readonly kind: 'stats'; readonly call: number; readonly stats: ServerStats }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string };

export interface ServerProcessOptions extends ChildStart {
  readonly log?: Log;
  /** How long an application may take to load, in each thread; default 30 000. */
  readonly longestLoadMs?: number;
  /** Aborting it closes the server; before it listens, at once. */
  readonly signal?: AbortSignal;
}

/** A server in a child process: its CPU time and memory are its own, and it can always be ended. */
export interface ServerProcess extends AsyncDisposable {
  readonly id: string;
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly stats: () => Promise<ServerStats>;
  /** Closes gracefully; kills the process, with a line in the log, when it has not ended soon after the grace time. May be called again. */
  readonly close: () => Promise<void>;
  /** Kills the process at once. */
  readonly kill: () => void;
  /** Resolves when the process has ended: to an error when nobody had asked it to. */
  readonly ended: Promise<Error | undefined>;
}

/** After the grace time the child cuts what is left and ends; one that computes cannot. */
const killAfterMs = 200;
/** Then it is said that the child does not answer. */
const longestSilenceMs = 1000;

/**
 * Starts an architecture in a child process and waits until it listens.
 * @throws {UserError} as `startServer` does, when the application does not load in time, and when the process is killed; the signal's reason when it is aborted
 * before the server listens
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { log = () => undefined, signal, longestLoadMs = 30_000, ...start } = options;
  const graceMs = start.graceMs ?? 5000;
  signal?.throwIfAborted();
  const child = fork(fileURLToPath(new URL('./child.js', import.meta.url)), [JSON.stringify(start)], {
    execArgv: [],
    // Standard output is for results, and an application may print: both streams go to standard error.
    stdio: ['ignore', 2, 2, 'ipc'],
    // A process group of its own: Ctrl-C reaches the parent alone, which decides what it means.
    detached: true,
  });
  const kill = (): void => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const calls = new PendingCalls<ServerStats>();
  let closing: Promise<void> | undefined;
  let failure: Error | undefined;
  let isReady = false;
  let hasHeard = false;
  const longestLoad = `${longestLoadMs / 1000} s`;
  const patience =
    start.app === undefined
      ? undefined
      : new LoadingPatience(longestLoadMs, {
          slow: () => log('warn', `--app ${start.app} is still loading, for up to ${longestLoad}`),
          over: () => {
            failure = new UserError(`--app ${start.app} does not load: it has not finished after ${longestLoad}`);
            kill();
          },
        });

  const exited = exitOf(child);
  const ended = exited.then((how) => {
    patience?.end();
    const when = isReady ? '' : ' before it listened';
    const unasked = new UserError(`the server process ended${when} (${how})`, { exitCode: ExitCode.runFailed });
    calls.abandon();
    return closing === undefined ? (failure ?? unasked) : undefined;
  });

  const ready = new Promise<Extract<FromChild, { kind: 'ready' }>>((resolve, reject) => {
    child.on('message', (raw) => {
      // An application may send anything.
      if (typeof raw !== 'object' || raw === null) return;
      const message = raw as FromChild;
      switch (message.kind) {
        case 'ready':
          isReady = true;
          patience?.end();
          resolve(message);
          break;
        case 'userError':
          failure = userErrorOf(message);
          reject(failure);
          break;
        case 'failed':
          failure =
            start.app === undefined
              ? new Error(`the server failed: ${message.text}`)
              : new UserError(`--app ${start.app} has failed: ${message.text}`, { exitCode: ExitCode.runFailed });
          reject(failure);
          break;
        case 'progress':
          if (!isReady) patience?.renew();
          break;
        case 'closing':
          hasHeard = true;
          break;
        case 'stats':
          calls.answer(message.call, message.stats);
          break;
        case 'log':
          log(message.level, message.message);
          break;
      }
    });
    void ended.then((error) => reject(error ?? signal?.reason));
  });

  // A message to a child that has just gone is no news: `ended` tells.
  const tell = (message: ToChild): void => {
    if (child.connected) child.send(message, () => undefined);
  };
  const close = (): Promise<void> => {
    closing ??= closeChild();
    return closing;
  };
  const closeChild = async (): Promise<void> => {
    if (isReady) tell({ kind: 'close' });
    else kill();
    const silence = setTimeout(() => {
      if (!hasHeard) log('warn', `the server does not answer: it computes, and has ${graceMs} ms in all to end`);
    }, longestSilenceMs);
    const overdue = setTimeout(() => {
      log('warn', `the grace time of ${graceMs} ms is over: killing the server, which has not ended`);
      kill();
    }, graceMs + killAfterMs);
    await exited;
    clearTimeout(silence);
    clearTimeout(overdue);
  };
  const abort = (): void => void close();
  signal?.addEventListener('abort', abort, { once: true });
  void exited.then(() => signal?.removeEventListener('abort', abort));

  const { id, url, port, settings } = await ready.catch(async (error: unknown) => {
    kill();
    await exited;
    throw error;
  });
  return {
    id,
    url,
    port,
    settings,
    pid: child.pid as number,
    stats: async () => {
      const stats = child.connected ? await calls.ask((call) => tell({ kind: 'stats', call })) : undefined;
      if (stats === undefined) throw (await ended) ?? new Error('the server process has ended');
      return stats;
    },
    close,
    kill: () => {
      closing ??= exited.then(() => undefined);
      kill();
    },
    ended,
    [Symbol.asyncDispose]: close,
  };
}
