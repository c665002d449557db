import { createEventfd, signalEventfd } from '../../net/sys/eventfd.js';
import { close } from '../../net/sys/socket.js';
import type { RunningServer, ServerHost } from '../architecture.js';
import { listenPerThread } from '../executors/listen-per-thread.js';
import type { ServerThread } from '../threads.js';
import type { RuntimeServerStart } from './runtime-server.js';

/**
 * Starts a server of `count` threads that each run a runtime, with a listening socket and a doorbell of its own.
 * @param nonBlocking whether the listening sockets are: for readiness they must be, for completion they must not
 */
export async function startRuntimeThreads(
  { host, port: wantedPort, limits }: Pick<ServerHost, 'host' | 'port' | 'limits'>,
  count: number,
  spawn: (start: RuntimeServerStart) => ServerThread,
  nonBlocking = true,
): Promise<RunningServer> {
  const { fds, port } = listenPerThread({ host, port: wantedPort, backlog: limits.backlog, nonBlocking }, count);
  const doorbells = fds.map(() => createEventfd());
  const threads = fds.map((listener, i) => spawn({ listener, doorbell: doorbells[i] as number }));
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
