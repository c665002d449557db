import { SHARE_ENV, Worker } from 'node:worker_threads';
import { ExitCode, UserError } from '../core/errors.js';
import type { Log, LogLevel } from '../core/log.js';
import type { ServerSpec } from './service.js';
import { type UserErrorMessage, userErrorOf } from './user-error-message.js';

/** What a server thread is started with (its `workerData`). */
export interface ThreadStart {
  readonly spec: ServerSpec;
  readonly role: string;
  /** Which row of the counters it may use. */
  readonly row: number;
  readonly data: unknown;
}

/** What a server thread tells the thread that started it. */
export type ThreadMessage =
  | { readonly kind: 'ready' }
  /** It could not start, for a reason that the user can do something about. */
  | UserErrorMessage
  /** Its role is done; a thread that ends without it was ended. */
  | { readonly kind: 'done' }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string };

/** A server thread as seen from outside. */
export interface ServerThread {
  /** Resolves when its role has said `ready()`; rejects when it could not start or failed before. */
  readonly ready: Promise<void>;
  /** Resolves when the thread has ended, well or not. */
  readonly ended: Promise<void>;
}

/**
 * Starts a thread in a role of an architecture. As lean as a Node thread can be: it shares the
 * environment, has no streams of its own, and does not track descriptors, which have one owner anyway.
 * @param onFailure told when the thread dies of an error after it was ready: a bug, for a role handles what the world
 * does. What happens before rejects `ready`: it may be the world's doing, such as a lack of descriptors.
 */
export function startThread(start: ThreadStart, log: Log, onFailure: (error: Error) => void): ServerThread {
  let worker: Worker;
  try {
    // The bundle of thread.ts: see there.
    worker = new Worker(new URL('./thread.cjs', import.meta.url), {
      workerData: start,
      env: SHARE_ENV,
      stdin: false,
      trackUnmanagedFds: false,
      name: `${start.spec.architecture} ${start.role}`,
    });
  } catch (error) {
    return stillborn(error);
  }
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve());
  });
  let reason: UserError | undefined;
  let state: 'starting' | 'ready' | 'done' | 'failed' = 'starting';
  const ready = new Promise<void>((resolve, reject) => {
    const failed = (error: Error): void => {
      if (state === 'ready') onFailure(error);
      else reject(error);
      state = 'failed';
    };
    worker.on('message', (message: ThreadMessage) => {
      switch (message.kind) {
        case 'log':
          log(message.level, message.message);
          break;
        case 'userError':
          reason = userErrorOf(message);
          break;
        case 'ready':
        case 'done':
          state = message.kind;
          resolve();
          break;
      }
    });
    worker.once('error', failed);
    worker.once('exit', (code) => {
      if (state !== 'done' && state !== 'failed') failed(reason ?? endedUnasked(start, code));
    });
  });
  // Nobody may be awaiting it yet: that is no unhandled rejection.
  ready.catch(() => undefined);
  return { ready, ended };
}

/** The system would give no thread (`pthread_create`: EAGAIN). */
function stillborn(reason: unknown): ServerThread {
  const ready = Promise.reject<void>(reason);
  ready.catch(() => undefined);
  return { ready, ended: Promise.resolve() };
}

function endedUnasked({ role }: ThreadStart, code: number): UserError {
  return new UserError(`the server's thread '${role}' has ended (exit code ${code}): does the application exit?`, {
    exitCode: ExitCode.runFailed,
  });
}
