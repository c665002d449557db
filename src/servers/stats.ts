import type { Limits } from './limits.js';

/** What `GET /stats` answers: all threads and processes of a server together. Plain and JSON-safe. */
export interface ServerStats {
  readonly architecture: string;
  /** What is spoken: `http` or `frames`. */
  readonly protocol: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly limits: Limits;
  /** Threads (of `cluster`: processes) that run the server now. */
  readonly threads: number;
  /** Index of the thread that answered, as in `perThread`; -1 from `cluster`, and where no thread was asked. */
  readonly thread: number;
  /**
   * Since the start, except `open`: now. `rejected` counts connections refused, which are not in `accepted`, and requests
   * refused.
   */
  readonly connections: { readonly accepted: number; readonly open: number; readonly rejected: number };
  /** Those that have arrived and were not refused, since the start. */
  readonly requests: number;
  /** On its connections, since the start. */
  readonly bytes: { readonly received: number; readonly sent: number };
  /** CPU-bound tasks: running now, most at once, and how many had to wait for a free slot. */
  readonly cpuTasks: { readonly running: number; readonly peak: number; readonly waited: number };
  /** Accepted connections that wait for a thread: now, and most at once. */
  readonly queue: { readonly depth: number; readonly peak: number };
  /** Connections served per thread, in the order of the threads. */
  readonly perThread: readonly number[];
}

/** What the counters of a server say of it beside what they count. */
export type ServerIdentity = Pick<ServerStats, 'architecture' | 'protocol' | 'settings' | 'limits'>;

/** The counters of several processes as those of one server; each process counts as one thread. */
export function sumStats(server: ServerIdentity, each: readonly (ServerStats | undefined)[]): ServerStats {
  const present = each.filter((stats) => stats !== undefined);
  const sum = (pick: (stats: ServerStats) => number): number =>
    present.reduce((total, stats) => total + pick(stats), 0);
  const { architecture, protocol, settings, limits } = server;
  return {
    architecture,
    protocol,
    settings,
    limits,
    threads: present.length,
    thread: -1,
    connections: {
      accepted: sum(({ connections }) => connections.accepted),
      open: sum(({ connections }) => connections.open),
      rejected: sum(({ connections }) => connections.rejected),
    },
    requests: sum(({ requests }) => requests),
    bytes: { received: sum(({ bytes }) => bytes.received), sent: sum(({ bytes }) => bytes.sent) },
    cpuTasks: {
      running: sum(({ cpuTasks }) => cpuTasks.running),
      peak: sum(({ cpuTasks }) => cpuTasks.peak),
      waited: sum(({ cpuTasks }) => cpuTasks.waited),
    },
    queue: { depth: 0, peak: 0 },
    perThread: each.map((stats) => stats?.connections.accepted ?? 0),
  };
}
