import { resolve as absolutePath } from 'node:path';
import { ExitCode, UserError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import { plural } from '../core/units.js';
import { loadApp } from './app.js';
import type { Architecture, RunningServer, ServerHost } from './architecture.js';
import { protocols, resolveMode } from './catalogue.js';
import { Counters } from './counters.js';
import { drain } from './drain.js';
import { resolveHost } from './listen-address.js';
import { Phase } from './phase.js';
import { openService, type ServerSpec } from './service.js';
import { readServerSettings } from './settings.js';
import type { ServerStats } from './stats.js';
import { explainStart } from './start-failure.js';
import { startThread } from './threads.js';

export interface ServerOptions {
  /** An architecture's id or alias. */
  readonly mode: string;
  /** `['workers=4', 'idleTimeout=5s']` */
  readonly set?: readonly string[];
  /** What is spoken: `http` (the default) or `frames`. */
  readonly protocol?: string;
  /** File of an application to serve instead of the built-in workload. */
  readonly app?: string;
  /** An address to bind to; default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** How long `close` waits for requests in flight; default 5000. */
  readonly graceMs?: number;
  /** After the grace time, how long the threads may take to end once their connections are cut; default 1000. */
  readonly abortMs?: number;
  /** Told when the application has loaded, and for each thread that has started with it. */
  readonly onProgress?: () => void;
  readonly log?: Log;
  /** Told what has broken the server, so that it cannot go on; without it the error is thrown, which ends the process. */
  readonly onFailure?: (error: Error) => void;
}

/** A server that runs in this process. */
export interface Server extends AsyncDisposable {
  readonly id: string;
  readonly port: number;
  readonly url: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly stats: () => Promise<ServerStats>;
  /**
   * Stops accepting, lets requests in flight finish within the grace time, ends every thread.
   * May be called again; resolves to whether all threads have ended. (A thread that sits in a system
   * call which nothing can end, such as a long sleep, ends with its process.)
   */
  readonly close: () => Promise<boolean>;
}

/**
 * Starts a server in this process.
 * @throws {UserError} unknown mode or setting, unsupported machine, port in use
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { host = '127.0.0.1', port = 0 } = options;
  try {
    return await startAt(await resolveHost(host), port, options);
  } catch (error) {
    throw explainStart(error, { host, port });
  }
}

async function startAt(host: string, port: number, options: ServerOptions): Promise<Server> {
  const { graceMs = 5000, abortMs = 1000, log = () => undefined, onProgress = () => undefined } = options;
  const architecture = await runnableMode(options.mode);
  const spec = specOf(architecture, options);
  // So that what is wrong with it is said before anything starts. It is for whoever serves in this thread.
  const application = spec.app === undefined ? undefined : await loadApp(spec.app);
  onProgress();
  const phase = new Phase(spec.phase);
  const counters = new Counters(spec.counters);
  const rows = new RowNumbers();
  const fail = options.onFailure ?? throwLater;
  const serverHost: ServerHost = {
    host,
    port,
    limits: spec.limits,
    phase,
    spec,
    log,
    fail,
    openService: async (serviceOptions) => {
      counters.threadStarted();
      return openService(spec, rows.take(), log, { ...serviceOptions, application });
    },
    spawn: (role, data) => {
      const row = rows.take();
      const thread = startThread({ spec, role, row, data }, log, fail);
      void thread.ended.then(() => rows.giveBack(row));
      void thread.ready.then(onProgress, () => undefined);
      return thread;
    },
  };
  const running = await start(architecture, serverHost, spec.settings, abortMs);
  const onLate = (): void => {
    const open = counters.openConnections;
    // Nobody was to have any time, and nobody needs any. `cluster` counts in other processes.
    if (open === 0 && graceMs === 0 && architecture.family !== 'processes') return;
    const cut = open === 0 ? 'what is in flight' : `${open} ${plural(open, 'connection')} in flight`;
    log('warn', `the grace time of ${graceMs} ms is over: cutting ${cut}`);
  };
  let closing: Promise<boolean> | undefined;
  const close = (): Promise<boolean> => (closing ??= drain(running, phase, { graceMs, abortMs, onLate }));
  return {
    id: architecture.id,
    port: running.port,
    url: urlOf(spec.protocol, host, running.port),
    settings: spec.settings,
    stats: running.stats ?? (async () => counters.stats(spec, -1)),
    close,
    [Symbol.asyncDispose]: async () => {
      await close();
    },
  };
}

async function runnableMode(mode: string): Promise<Architecture> {
  const architecture = await resolveMode(mode);
  const reason = architecture.unsupported?.();
  if (reason === undefined) return architecture;
  throw new UserError(`mode '${architecture.id}' cannot run here: ${reason}`, { exitCode: ExitCode.runFailed });
}

/** What the options say of the server, read and checked. */
function specOf(architecture: Architecture, { protocol = 'http', set = [], app: file }: ServerOptions): ServerSpec {
  if (!protocols.has(protocol)) throw protocols.unknown(protocol);
  const { app: appSettings, ...settings } = readServerSettings(architecture, set);
  if (file === undefined && Object.keys(appSettings).length > 0)
    throw new UserError('--set app.NAME=VALUE is for an application: it needs --app FILE');
  return {
    architecture: architecture.id,
    ...settings,
    protocol,
    app: file === undefined ? undefined : { file: absolutePath(file), settings: appSettings },
    counters: Counters.allocate().memory,
    phase: new Phase().memory,
  };
}

function urlOf(protocol: string, host: string, port: number): string {
  return `${protocol === 'http' ? 'http' : 'tcp'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Rows of counters for threads. One that was given back is used before a new one, so that few are in use. */
class RowNumbers {
  readonly #free: number[] = [];
  #used = 0;

  take(): number {
    return this.#free.pop() ?? this.#used++;
  }

  giveBack(row: number): void {
    this.#free.push(row);
  }
}

/** @param abortMs how long what has started may take to end when the rest does not start */
async function start(
  architecture: Architecture,
  host: ServerHost,
  settings: Readonly<Record<string, unknown>>,
  abortMs: number,
): Promise<RunningServer> {
  const running = await architecture.start(host, settings);
  try {
    await running.ready;
    return running;
  } catch (error) {
    await drain(running, host.phase, { graceMs: 0, abortMs, onLate: () => undefined });
    throw error;
  }
}

function throwLater(error: Error): void {
  queueMicrotask(() => {
    throw error;
  });
}
