import type { Log } from '../core/log.js';
import type { ChildStart } from './child-messages.js';
import { ServerChild } from './child-process.js';
import type { ServerStats } from './stats.js';

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

/**
 * Starts an architecture in a child process and waits until it listens.
 * @throws {UserError} as `startServer` does, when the application does not load in time, and when the process is killed; the signal's reason when it is aborted
 * before the server listens
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { log = () => undefined, signal, longestLoadMs = 30_000, ...start } = options;
  signal?.throwIfAborted();
  const child = new ServerChild(start, log, longestLoadMs);
  const abort = (): void => void child.close();
  signal?.addEventListener('abort', abort, { once: true });
  void child.exited.then(() => signal?.removeEventListener('abort', abort));
  try {
    const { id, url, port, settings } = await child.ready;
    return {
      id,
      url,
      port,
      settings,
      pid: child.pid as number,
      stats: async () => {
        const stats = await child.stats();
        if (stats === undefined) throw (await child.ended) ?? new Error('the server process has ended');
        return stats;
      },
      close: () => child.close(),
      kill: () => child.kill(),
      ended: child.ended,
      [Symbol.asyncDispose]: () => child.close(),
    };
  } catch (error) {
    await child.giveUp();
    throw error ?? signal?.reason;
  }
}
