import type { Log } from '../core/log.js';
import type { Variant } from '../core/variants.js';
import type { AppSpec } from './app.js';
import type { Application } from './application.js';
import type { Connection } from './connection.js';
import { type CounterRow, Counters } from './counters.js';
import type { Limits } from './limits.js';
import { bugText } from './failure-text.js';
import { Phase } from './phase.js';
import type { ServerStats } from './stats.js';
import { createWorkload } from './workload.js';

/** All that makes one server, as plain data and shared memory: it travels to every thread. */
export interface ServerSpec {
  readonly architecture: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly limits: Limits;
  readonly rehearse: boolean;
  readonly protocol: string;
  /** A user's application; the built-in workload where there is none. */
  readonly app: AppSpec | undefined;
  readonly counters: SharedArrayBuffer;
  readonly phase: SharedArrayBuffer;
}

/** What an architecture may choose for the service of a thread. */
export interface ServiceOptions {
  /** False: one request per connection. Default true. */
  readonly keepAlive?: boolean;
  /** The user's own, where this thread has created it already. */
  readonly application?: Application | undefined;
}

/** What one thread needs to serve connections. */
export interface Service {
  readonly application: Application;
  readonly protocol: Protocol;
  readonly limits: Limits;
  /** Whether to serve clients of our own before the server is ready. */
  readonly rehearses: boolean;
  readonly keepAlive: boolean;
  readonly phase: Phase;
  /** The counters of all threads. */
  readonly counters: Counters;
  /** The counters of this thread. */
  readonly row: CounterRow;
  readonly log: Log;
  /** Tells, with its stack, of what must not happen. It may cost a connection, never the thread. */
  readonly logBug: (error: unknown) => void;
  /** The counters of this process. */
  readonly ownStats: () => ServerStats;
  /** The counters of the whole server; a promise where they are in other processes. */
  readonly stats: () => ServerStats | Promise<ServerStats>;
  /** Counts a new connection and begins its life. Beyond `maxConnections` that is short, and does not count: a refusal. */
  readonly openConnection: () => Connection;
  /** Counts a connection out; the executor calls it once for each. */
  readonly connectionClosed: (connection: Connection) => void;
  /** A service like this one that serves another application, with counters and a phase of its own. */
  readonly apart: (application: Application, limits: Limits) => Service;
}

/** What is spoken on a connection: a file of its own in `protocols/`. */
export interface Protocol extends Variant {
  /** Its row in docs/architectures.md. */
  readonly summary: string;
  /** The life of one connection. */
  readonly serve: (service: Service) => Connection;
  /** The life of a connection that is one too many: says so, and ends. */
  readonly refuse: (service: Service) => Connection;
  /** A request for `/1` of the built-in workload, whole. */
  readonly example: Uint8Array;
}

/**
 * Makes the service of one thread: its own application, its own row of counters.
 * @throws {UserError} where the user's application cannot be loaded or created
 */
export async function openService(
  spec: ServerSpec,
  rowNumber: number,
  log: Log,
  options: ServiceOptions = {},
): Promise<Service> {
  const { keepAlive = true } = options;
  const { default: protocol } = (await import(`./protocols/${spec.protocol}.js`)) as { default: Protocol };
  const create = (application: Application, limits: Limits, counters: Counters, phase: Phase): Service => {
    const row = counters.row(rowNumber);
    // They may take a moment to leave, in which others find room.
    const refused = new Set<Connection>();
    const ownStats = (): ServerStats => counters.stats({ ...spec, limits }, rowNumber);
    const service: Service = {
      application,
      protocol,
      limits,
      rehearses: spec.rehearse,
      keepAlive,
      phase,
      counters,
      row,
      log,
      logBug: (error) => log('error', bugText(error)),
      ownStats,
      stats: ownStats,
      openConnection: () => {
        if (counters.connectionOpened() <= limits.maxConnections) {
          row.connection();
          return protocol.serve(service);
        }
        counters.connectionClosed();
        row.rejected();
        const refusal = protocol.refuse(service);
        refused.add(refusal);
        return refusal;
      },
      connectionClosed: (connection) => {
        if (!refused.delete(connection)) counters.connectionClosed();
      },
      apart: (other, otherLimits) => create(other, otherLimits, Counters.allocate(), new Phase()),
    };
    return service;
  };
  const application = options.application ?? (spec.app === undefined ? createWorkload() : await loadUsersApp(spec.app));
  return create(application, spec.limits, new Counters(spec.counters), new Phase(spec.phase));
}

/** The loader is loaded with the first application: a thread is started for each connection of `threaded`. */
async function loadUsersApp(app: AppSpec): Promise<Application> {
  const { loadApp } = await import('./app.js');
  return loadApp(app);
}
