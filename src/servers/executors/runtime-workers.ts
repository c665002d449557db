import { integerSetting, type Settings, type SettingValues } from '../../core/settings.js';
import { createEventfd, signalEventfd } from '../../net/sys/eventfd.js';
import { unsupportedReason } from '../../net/sys/platform.js';
import { close } from '../../net/sys/socket.js';
import type { Architecture, Role, RunningServer, ServerHost } from '../architecture.js';
import { listenPerThread } from './listen-per-thread.js';
import { rehearsalClients, rehearse } from '../rehearsal.js';
import type { Io } from '../runtime/io.js';
import { runServer, type ServerStart } from '../runtime/server.js';

type Identity = Pick<Architecture, 'id' | 'summary' | 'family' | 'aliases' | 'unsupported'>;

/** What each thread is given. */
export interface WorkerStart extends ServerStart {
  /** How many threads there are. */
  readonly threads: number;
}

export type WorkerRoles = Readonly<Record<'worker', Role<WorkerStart>>>;

/**
 * Measured with `completion`: 150 clients at once, each sleeping 1000 ms; the slowest waits 1022 ms after one round and
 * 1010 ms after three.
 */
const rehearsalRounds = 3;

const workers = integerSetting('threads, each with its own loop and its own listening socket', 1, {
  min: 1,
  max: 1024,
});

/** An architecture that is a runtime on one thread. @param openIo is called on that thread */
export function onOneThread(identity: Identity, openIo: () => Io): Architecture<Settings, WorkerRoles> {
  return runtimeArchitecture(identity, {}, () => 1, openIo);
}

/** An architecture that is a runtime on each of `workers` threads, with a listening socket each. */
export function onWorkers(
  identity: Identity,
  openIo: () => Io,
): Architecture<{ workers: typeof workers }, WorkerRoles> {
  return runtimeArchitecture(identity, { workers }, (settings) => settings.workers, openIo);
}

function runtimeArchitecture<S extends Settings>(
  identity: Identity,
  settings: S,
  threadsOf: (values: SettingValues<S>) => number,
  openIo: () => Io,
): Architecture<S, WorkerRoles> {
  const worker: Role<WorkerStart> = async ({ data, log, openService, ready }) => {
    const service = await openService();
    const clients = Math.ceil(rehearsalClients / data.threads);
    await rehearse(service, { clients, rounds: rehearsalRounds }, (rehearsal) =>
      // Whatever it would log ends it: what goes wrong in a rehearsal is no news.
      runServer(rehearsal, openIo(), rehearsal.service, () => rehearsal.end()),
    );
    const io = openIo();
    ready();
    runServer(data, io, service, log);
  };
  return {
    unsupported: unsupportedReason,
    ...identity,
    settings,
    roles: { worker },
    start: (host, values) => startWorkers(host, threadsOf(values)),
  };
}

async function startWorkers(
  { host, port: wantedPort, limits, spawn }: ServerHost<WorkerRoles>,
  count: number,
): Promise<RunningServer> {
  const { fds, port } = listenPerThread({ host, port: wantedPort, backlog: limits.backlog }, count);
  const doorbells = openDoorbells(fds);
  const threads = fds.map((listener, i) => {
    const thread = spawn('worker', { listener, doorbell: doorbells[i] as number, threads: count });
    // It has ended before it took its socket.
    thread.ready.catch(() => close(listener));
    return thread;
  });
  const ring = (): void => {
    for (const doorbell of doorbells) signalEventfd(doorbell);
  };
  return {
    port,
    ready: Promise.all(threads.map((thread) => thread.ready)),
    drain: async () => {
      ring();
      await Promise.all(threads.map((thread) => thread.ended));
      for (const doorbell of doorbells) close(doorbell);
    },
    abort: ring,
  };
}

/** An eventfd for each listening socket; closes those when there are not enough descriptors. */
function openDoorbells(listeners: readonly number[]): number[] {
  const doorbells: number[] = [];
  try {
    for (const _ of listeners) doorbells.push(createEventfd());
    return doorbells;
  } catch (error) {
    for (const fd of [...listeners, ...doorbells]) close(fd);
    throw error;
  }
}
