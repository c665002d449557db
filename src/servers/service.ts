import type { Log } from '../core/log.js';
import { VariantFolder, type Variant } from '../core/variants.js';
import { type AppSpec, loadApp } from './app.js';
import type { Application } from './application.js';
import type { Connection } from './connection.js';
import { type CounterRow, Counters } from './counters.js';
import type { Limits } from './limits.js';
import { Phase } from './phase.js';
import type { ServerStats } from './stats.js';
import { createWorkload } from './workload.js';

/** All that makes one server, as plain data and shared memory: it travels to every thread. */
export interface ServerSpec {
  readonly architecture: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly limits: Limits;
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
}

/** What one thread needs to serve connections. */
export interface Service {
  readonly application: Application;
  /** Id of what is spoken. */
  readonly protocol: string;
  readonly limits: Limits;
  readonly keepAlive: boolean;
  readonly phase: Phase;
  /** The counters of all threads. */
  readonly counters: Counters;
  /** The counters of this thread. */
  readonly row: CounterRow;
  readonly log: Log;
  /** The counters of this process. */
  readonly ownStats: () => ServerStats;
  /** The counters of the whole server; a promise where they are in other processes. */
  readonly stats: () => ServerStats | Promise<ServerStats>;
  /** Counts a new connection and begins its life. Beyond `maxConnections` that is short: a refusal. */
  readonly openConnection: () => Connection;
  /** Counts a connection out; the executor calls it once for each. */
  readonly connectionClosed: () => void;
  /** A service like this one that counts elsewhere and serves the built-in workload, and a request to try it with. */
  readonly rehearsal: () => { readonly service: Service; readonly request: Uint8Array };
}

/** What is spoken on a connection: a file of its own in `protocols/`. */
export interface Protocol extends Variant {
  readonly summary: string;
  /** The life of one connection. */
  readonly serve: (service: Service) => Connection;
  /** The life of a connection that is one too many: says so, and ends. */
  readonly refuse: (service: Service) => Connection;
  /** A request for `/0` of the built-in workload, whole. */
  readonly example: Uint8Array;
}

export const protocols = new VariantFolder<Protocol>(new URL('./protocols/', import.meta.url), 'protocol');

/** Makes the service of thread `thread`: its own application, its own row of counters. */
export async function openService(
  spec: ServerSpec,
  thread: number,
  log: Log,
  options: ServiceOptions = {},
): Promise<Service> {
  const { architecture, settings } = spec;
  const protocol = await protocols.load(spec.protocol);
  const phase = new Phase(spec.phase);
  const counters = new Counters(spec.counters);
  const ownStats = (): ServerStats => counters.stats({ architecture, settings }, thread);
  const create = (application: Application, counted: Counters, row: CounterRow): Service => {
    const service: Service = {
      application,
      protocol: protocol.id,
      limits: spec.limits,
      keepAlive: options.keepAlive ?? true,
      phase,
      counters: counted,
      row,
      log,
      ownStats,
      stats: ownStats,
      openConnection: () => {
        const isOneTooMany = counted.connectionOpened() > spec.limits.maxConnections;
        if (isOneTooMany) row.rejected();
        else row.connection();
        return isOneTooMany ? protocol.refuse(service) : protocol.serve(service);
      },
      connectionClosed: () => counted.connectionClosed(),
      rehearsal: () => {
        const scratch = Counters.allocate();
        return { service: create(createWorkload(), scratch, scratch.row(0)), request: protocol.example };
      },
    };
    return service;
  };
  const application = spec.app === undefined ? createWorkload() : await loadApp(spec.app);
  return create(application, counters, counters.row(thread));
}
