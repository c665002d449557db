import type { Log } from '../../core/log.js';
import { booleanSetting } from '../../core/settings.js';
import type { RunningServer } from '../architecture.js';
import type { Service } from '../service.js';
import type { ServerThread } from '../threads.js';
import { BlockingExecutor } from './blocking-executor.js';
import { acceptBlocking, type BlockingListener, type ListenerHandle } from './blocking-listener.js';
import { rehearseBlocking } from './blocking-rehearsal.js';
import { WakeTable } from './wake-table.js';

/** What a thread is given that accepts connections itself and serves each to its end. */
export interface BlockingWorkerStart {
  readonly listener: ListenerHandle;
  readonly wakes: SharedArrayBuffer;
  /** Which cell of the wake table is its. */
  readonly place: number;
}

/** Why such architectures close a connection after one request, and how to see what happens otherwise. */
export const keepAliveSetting = booleanSetting(
  'serve more than one request per connection: idle clients then hold threads that others wait for',
  false,
);

/** Accept, serve, close, and again: on the calling thread, until the server ends. */
export async function runBlockingWorker(
  start: BlockingWorkerStart,
  service: Service,
  log: Log,
  ready: () => void,
): Promise<void> {
  await rehearseBlocking(service);
  const executor = new BlockingExecutor(service, new WakeTable(start.wakes), start.place);
  ready();
  for (;;) {
    const fd = acceptBlocking(start.listener, service.phase, log);
    if (fd === undefined) return;
    executor.serve(fd);
  }
}

/** Starts such threads: `acceptors` on each of the listeners. */
export async function startBlockingWorkers(
  listeners: readonly BlockingListener[],
  acceptors: number,
  spawn: (start: BlockingWorkerStart) => ServerThread,
): Promise<RunningServer> {
  const wakes = WakeTable.allocate(listeners.length * acceptors);
  const groups = listeners.map((listener, i) => ({
    listener,
    threads: Array.from({ length: acceptors }, (_, acceptor) =>
      spawn({ listener: listener.handle, wakes: wakes.memory, place: i * acceptors + acceptor }),
    ),
  }));
  await Promise.all(groups.flatMap(({ threads }) => threads.map((thread) => thread.ready)));
  return {
    port: (listeners[0] as BlockingListener).port,
    drain: async () => {
      wakes.shutdownIdle();
      await Promise.all(
        groups.map(({ listener, threads }) => listener.close(Promise.all(threads.map((thread) => thread.ended)))),
      );
    },
    abort: () => wakes.shutdownAll(),
  };
}
