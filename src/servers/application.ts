// What a user's application imports: `import { cpu, sleep } from 'archbench/app'`.
import type { HttpResponse } from '../net/http/response.js';
import type { HttpRequest } from '../net/http/request.js';
import type { ServerStats } from './stats.js';

export type { HttpHeaders } from '../net/http/headers.js';
export type { HttpRequest, HttpResponse, ServerStats };

/**
 * What an application may ask of the server that runs it. An application never blocks, waits or
 * computes at length by itself: it yields an effect, and the architecture performs it in its own way.
 * That is how one program runs unchanged on a blocking thread and on an event loop.
 */
export type Effect =
  /** Waiting for something slow, such as a database. */
  | { readonly kind: 'sleep'; readonly ms: number }
  /** A CPU-bound task. `pooled` limits how many run at once. */
  | { readonly kind: 'cpu'; readonly task: () => unknown }
  /**
   * The bytes of a file: by a blocking read, or asynchronously, as the architecture does it. Up to 2 GiB, and up to
   * 64 MiB of what has no size (a pipe, a device): more throws `ERR_FS_FILE_TOO_LARGE`.
   */
  | { readonly kind: 'readFile'; readonly path: string }
  /** The server's counters, all threads and processes together. */
  | { readonly kind: 'stats' };

/** A coroutine that yields effects and ends with a `T`. Suspended at a `yield` it costs a few hundred bytes. */
export type Effects<T> = Generator<Effect, T, unknown>;

/** Answers one request: at once, or as a coroutine where it needs an effect. */
export type Handler = (request: HttpRequest) => HttpResponse | Effects<HttpResponse>;

/** What a server serves. Created once per thread, so its state needs no lock. */
export interface Application {
  readonly handle: Handler;
}

/**
 * What the module given with `--app` exports by default.
 * @param settings what `--set app.NAME=VALUE` says, as texts
 */
export type CreateApp = (settings: Readonly<Record<string, string>>) => Application;

/**
 * Waits `ms` milliseconds, up to 2 147 483 647: `yield* sleep(20)`. 0 or less does not wait. On Node's own event loop
 * (`event-loop`, `node-http`, `cluster`, `pooled`) it may be less than a millisecond too short, as Node's timers are.
 */
export function* sleep(ms: number): Effects<void> {
  yield { kind: 'sleep', ms };
}

/**
 * Runs a CPU-bound task and gives its result: `const energy = yield* cpu(() => model.step())`.
 * @throws what the task throws, where the coroutine stands
 */
export function* cpu<T>(task: () => T): Effects<T> {
  return (yield { kind: 'cpu', task }) as T;
}

/** Reads a file; throws what the file system says (`ENOENT`), or that it is too large, where the coroutine stands. */
export function* readFile(path: string): Effects<Uint8Array> {
  return (yield { kind: 'readFile', path }) as Uint8Array;
}

/** Reads the server's counters. */
export function* stats(): Effects<ServerStats> {
  return (yield { kind: 'stats' }) as ServerStats;
}
