// The entry of every server thread: loads one architecture and runs one of its roles.
//
// A thread loads this file and what it needs as ONE file, thread.cjs, which scripts/build.mjs makes: to find and link 40
// modules costs a fresh thread as much as to start, and `threaded` starts one for each connection. For the bundler to
// see them, variants are imported here by a path with their name in it, not through their folder's catalogue; which has
// checked that name before any thread starts.
import { Console } from 'node:console';
import { writeSync } from 'node:fs';
import process from 'node:process';
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { awaitCompilers } from '../core/await-compilers.js';
import { longestTimerMs } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import { loadKoffi } from '../net/sys/libc.js';
import { nameThread } from '../net/sys/thread-name.js';
import type { Architecture, Role } from './architecture.js';
import { Counters } from './counters.js';
import { Phase } from './phase.js';
import { openService } from './service.js';
import type { ThreadMessage, ThreadStart } from './threads.js';
import { userErrorMessage } from './user-error-message.js';

const startedAt = performance.now();

/**
 * One that was started for a short connection is far from any limit of memory, and compilers ask Node only near one. To
 * wait for them would cost such a thread a twentieth of its life.
 */
function isYoung(): boolean {
  return performance.now() - startedAt < 1000 && getHeapStatistics().external_memory < 4 * 1024 * 1024;
}

function post(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

/**
 * What an application prints. A thread's own console hands it to the main thread when its event loop turns, which that
 * of most architectures never does: it would come at the end, or not at all. This one writes at once.
 */
function printDirectly(): void {
  const sink = {
    write: (text: string) => {
      try {
        writeSync(2, text);
      } catch {
        // Nobody reads it, or the pipe is full: the server goes on.
      }
      return true;
    },
  };
  globalThis.console = new Console({ stdout: sink as unknown as NodeJS.WritableStream, ignoreErrors: false });
}

async function runThread({ spec, role: roleName, row, data }: ThreadStart): Promise<void> {
  const log = (level: 'error' | 'warn' | 'info' | 'debug', message: string): void => {
    post({ kind: 'log', level, message });
  };
  // A thread that only waits for shared memory would end, for Node counts nothing that keeps it alive.
  const alive = setInterval(() => undefined, longestTimerMs);
  if (spec.app !== undefined) printDirectly();
  // Now and not at its first call: where there is no descriptor to load it with, the thread shall not say that it is ready.
  loadKoffi();
  nameThread(roleName);
  const module = (await import(`./architectures/${spec.architecture}.js`)) as { default: Architecture };
  // The host checked the name against the roles' types; here `data` crosses the thread untyped.
  const role = module.default.roles?.[roleName] as Role<unknown>;
  const counters = new Counters(spec.counters);
  counters.threadStarted();
  try {
    await role({
      data,
      limits: spec.limits,
      phase: new Phase(spec.phase),
      log,
      counters,
      openService: (options) => openService(spec, row, log, options),
      ready: () => post({ kind: 'ready' }),
    });
  } finally {
    counters.threadEnded();
    clearInterval(alive);
  }
  post({ kind: 'done' });
  if (!isYoung()) awaitCompilers();
  // Ends the thread, whatever timers an application has left.
  process.exit();
}

runThread(workerData as ThreadStart).catch((error: unknown) => {
  if (!(error instanceof UserError)) throw error;
  post(userErrorMessage(error));
  process.exit();
});
