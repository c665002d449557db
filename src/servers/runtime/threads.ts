import { createEventfd, signalEventfd } from '../../net/sys/eventfd.js';
import { close } from '../../net/sys/socket.js';
import type { Log } from '../../core/log.js';
import type { Role, RunningServer, ServerHost } from '../architecture.js';
import { listenPerThread } from '../executors/listen-per-thread.js';
import { rehearsalClients, rehearse } from '../rehearsal.js';
import type { Service } from '../service.js';
import type { ServerThread } from '../threads.js';
import type { RuntimeServerStart } from './runtime-server.js';

/** What each of `threads` threads is given. */
export interface RuntimeThreadStart extends RuntimeServerStart {
  readonly threads: number;
}

/** What a thread does that runs a runtime. @param run serves with it, to the end of the server */
export function runtimeRole(
  run: (start: RuntimeServerStart, service: Service, log: Log) => void,
): Role<RuntimeThreadStart> {
  return async ({ data, log, openService, ready }) => {
    const service = await openService();
    const clients = Math.ceil(rehearsalClients / data.threads);
    await rehearse(service, clients, (rehearsal) => run(rehearsal, rehearsal.service, rehearsal.end));
    ready();
    run(data, service, log);
  };
}

/** Starts a server of `count` threads that each run a runtime, with a listening socket and a doorbell of its own. */
export async function startRuntimeThreads(
  { host, port: wantedPort, limits }: Pick<ServerHost, 'host' | 'port' | 'limits'>,
  count: number,
  spawn: (start: RuntimeThreadStart) => ServerThread,
): Promise<RunningServer> {
  const { fds, port } = listenPerThread({ host, port: wantedPort, backlog: limits.backlog }, count);
  const doorbells = fds.map(() => createEventfd());
  const threads = fds.map((listener, i) => spawn({ listener, doorbell: doorbells[i] as number, threads: count }));
  await Promise.all(threads.map((thread) => thread.ready));
  const ring = (): void => {
    for (const doorbell of doorbells) signalEventfd(doorbell);
  };
  return {
    port,
    drain: async () => {
      ring();
      await Promise.all(threads.map((thread) => thread.ended));
      for (const doorbell of doorbells) close(doorbell);
    },
    abort: ring,
  };
}
