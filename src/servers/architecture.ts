import type { Log } from '../core/log.js';
import type { Settings, SettingValues } from '../core/settings.js';
import type { Variant } from '../core/variants.js';
import type { Counters } from './counters.js';
import type { Limits } from './limits.js';
import type { Phase } from './phase.js';
import type { ServerSpec, Service, ServiceOptions } from './service.js';
import type { ServerStats } from './stats.js';
import type { ServerThread } from './threads.js';

/** How it waits: the column `family` of the README's table. */
export type Family =
  | 'blocking'
  | 'polling'
  | 'multiplexing'
  | 'readiness'
  | 'completion'
  | 'event loop'
  | 'processes'
  | 'hybrid';

/**
 * One server architecture: a file of its own in `architectures/`, found by listing that folder. Built from
 * real kernel calls; its identity is proved by a signature test. What runs on a thread of its own stands in
 * the same file, as a role.
 */
export interface Architecture<S extends Settings = Settings, R extends Roles = Roles> extends Variant {
  /** One line for `archbench modes`. */
  readonly summary: string;
  readonly family: Family;
  /** Other names `--mode` takes for it. */
  readonly aliases?: readonly string[];
  /** Its knobs: `--set workers=4`. */
  readonly settings: S;
  /** Fills in settings that follow from others where the user left them at 0: `queue` from `workers`. */
  readonly derive?: (settings: SettingValues<S>) => SettingValues<S>;
  /**
   * How many connections it is certain to serve at once, where each holds a thread for as long as it lasts and the others
   * wait; absent: as many as come.
   */
  readonly connectionsAtOnce?: (settings: SettingValues<S>) => number;
  /** Why this machine cannot run it, in one clause; absent or `undefined` when it can. */
  readonly unsupported?: () => string | undefined;
  /** What runs on threads of their own, by name. */
  readonly roles?: R;
  /**
   * Resolves when it listens.
   * @throws {UserError} where a setting is the user's mistake; otherwise with a `code`, as `SyscallError` and Node's errors
   * have it, which `start-failure.ts` words
   */
  readonly start: (host: ServerHost<R>, settings: SettingValues<S>) => Promise<RunningServer>;
}

/** What a server thread runs, from its beginning to its end. `T` is what it is given: plain data, shared memory. */
export type Role<T> = (thread: RoleThread<T>) => void | Promise<void>;

/** Roles of all kinds; `Role<never>` is what every `Role<T>` can be seen as. */
export type Roles = Readonly<Record<string, Role<never>>>;

/** What the role `K` of `R` is given. */
export type RoleData<R extends Roles, K extends keyof R> = R[K] extends Role<infer T> ? T : never;

/** A thread as its role sees it. */
export interface RoleThread<T> {
  readonly data: T;
  readonly limits: Limits;
  readonly phase: Phase;
  readonly counters: Counters;
  readonly log: Log;
  /** What a thread that serves connections needs; an acceptor does without. */
  readonly openService: (options?: ServiceOptions) => Promise<Service>;
  /** Tells the host that the thread stands ready. */
  readonly ready: () => void;
}

/** What an architecture is given to start with. */
export interface ServerHost<R extends Roles = Roles> {
  readonly host: string;
  /** 0 asks for any free port. */
  readonly port: number;
  readonly limits: Limits;
  readonly phase: Phase;
  /** All of the server's settings, for threads and processes that are not started by `spawn`. */
  readonly spec: ServerSpec;
  readonly log: Log;
  /** The server is broken and cannot go on: a bug, or a part of it was killed. */
  readonly fail: (error: Error) => void;
  /** For an architecture that serves on the thread that starts it. */
  readonly openService: (options?: ServiceOptions) => Promise<Service>;
  /** Starts a thread in a role of the architecture. */
  readonly spawn: <K extends keyof R & string>(role: K, data: RoleData<R, K>) => ServerThread;
}

/** A server as its architecture sees it. The host keeps the time and calls each of these once, `stats` as often as it is asked. */
export interface RunningServer {
  readonly port: number;
  /**
   * Settles when its threads stand ready; absent where they do already. When it rejects the host gives up the start: it
   * aborts and drains what there is.
   */
  readonly ready?: Promise<unknown>;
  /** What only the architecture can tell: threads that are processes, counters that are elsewhere. */
  readonly stats?: () => Promise<ServerStats>;
  /**
   * Stops accepting, lets requests in flight finish, and is done when every thread has ended and every
   * descriptor is given back. `phase` says `draining` already.
   */
  readonly drain: () => Promise<void>;
  /** The grace time is over and `phase` says `aborting`: cuts what is still open, so that `drain` gets done. */
  readonly abort: () => void;
}
