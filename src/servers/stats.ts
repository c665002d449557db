/** What `GET /stats` answers: all threads and processes of a server together. Plain and JSON-safe. */
export interface ServerStats {
  readonly architecture: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Threads (of `cluster`: processes) that run the server now. */
  readonly threads: number;
  /** Index of the thread that answered, as in `perThread`. */
  readonly thread: number;
  readonly connections: { readonly accepted: number; readonly open: number; readonly rejected: number };
  readonly requests: number;
  readonly bytes: { readonly received: number; readonly sent: number };
  /** CPU-bound tasks: running now, most at once, and how many had to wait for a free slot. */
  readonly cpuTasks: { readonly running: number; readonly peak: number; readonly waited: number };
  /** Accepted connections that wait for a thread: now, and most at once. */
  readonly queue: { readonly depth: number; readonly peak: number };
  /** Connections served per thread, in the order of the threads. */
  readonly perThread: readonly number[];
}
