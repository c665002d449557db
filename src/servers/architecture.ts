import type { Log } from '../core/log.js';
import type { Settings, SettingValues } from '../core/settings.js';
import type { Variant } from '../core/variants.js';

/**
 * One server architecture: a file of its own in `architectures/`, found by listing that folder.
 * Built from real kernel calls; its identity is proved by a signature test.
 */
export interface Architecture<S extends Settings = Settings> extends Variant {
  /** One line for `archbench modes`. */
  readonly summary: string;
  /** `blocking`, `polling`, `readiness`, … as in docs/architectures.md. */
  readonly family: string;
  /** Other names `--mode` takes for it. */
  readonly aliases?: readonly string[];
  /** Its knobs: `--set workers=4`. */
  readonly settings: S;
  /** Why this machine cannot run it, in one sentence; absent or `undefined` when it can. */
  readonly unsupported?: () => string | undefined;
  /** Functions that run on threads of their own, by name (see thread.ts). */
  readonly roles?: Readonly<Record<string, Role>>;
  readonly start: (host: ServerHost, settings: SettingValues<S>) => Promise<RunningServer>;
}

/** What a server thread runs; returning ends the thread. Defined fully in thread.ts. */
export type Role = (context: never) => void | Promise<void>;

/** What an architecture is given to start with. */
export interface ServerHost {
  readonly host: string;
  /** 0 asks for any free port. */
  readonly port: number;
  /** How long `close` waits for requests in flight. */
  readonly graceMs: number;
  readonly log: Log;
}

export interface RunningServer extends AsyncDisposable {
  readonly port: number;
  readonly stats: () => ServerStats;
  /** Stops accepting, lets requests in flight finish within the grace time, ends every thread. May be called twice. */
  readonly close: () => Promise<void>;
}

/** What `GET /stats` answers. */
export interface ServerStats {
  readonly architecture: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly threads: number;
  readonly connections: { readonly accepted: number; readonly open: number; readonly rejected: number };
  readonly requests: number;
  readonly bytes: { readonly received: number; readonly sent: number };
  readonly cpuTasks: { readonly running: number; readonly peak: number; readonly waited: number };
  readonly queue: { readonly depth: number; readonly peak: number };
  /** Connections accepted per thread. */
  readonly perThread: readonly number[];
}
