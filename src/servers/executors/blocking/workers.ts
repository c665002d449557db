import { availableParallelism } from 'node:os';
import { booleanSetting, integerSetting, type Setting } from '../../../core/settings.js';
import type { Role, RunningServer, ServerHost } from '../../architecture.js';
import type { ServerThread } from '../../threads.js';
import { BlockingExecutor } from './executor.js';
import { BlockingAcceptor, type BlockingListener, type ListenerHandle } from './listener.js';
import { rehearseBlocking } from './rehearsal.js';
import { WakeTable } from './wake-table.js';

/** What a thread is given that accepts connections itself and serves each to its end. */
export interface BlockingWorkerStart {
  readonly listener: ListenerHandle;
  readonly wakes: SharedArrayBuffer;
  /** Which cell of the wake table is its. */
  readonly cell: number;
  readonly keepAlive: boolean;
}

/** Why such architectures close a connection after one request, and how to see what happens otherwise. */
export const keepAliveSetting = booleanSetting(
  'serve more than one request per connection: idle clients then hold threads that others wait for',
  false,
);

/** How many such threads there are: by default so many that some may wait while others compute. */
export function workersSetting(description: string): Setting<number> {
  return integerSetting(description, 4 * availableParallelism(), { min: 1, max: 1024 });
}

interface BlockingWorkers {
  readonly listeners: readonly BlockingListener[];
  /** Threads on each of them. */
  readonly acceptors: number;
  readonly keepAlive: boolean;
}

/** Accept, serve, close, and again, until the server ends. */
export const blockingWorker: Role<BlockingWorkerStart> = async ({ data, phase, log, openService, ready }) => {
  const service = await openService({ keepAlive: data.keepAlive });
  await rehearseBlocking(service);
  const executor = new BlockingExecutor(service, new WakeTable(data.wakes), data.cell);
  const acceptor = new BlockingAcceptor(data.listener, phase, log);
  ready();
  for (let fd; (fd = acceptor.next()) !== undefined;) executor.serve(fd);
};

/** Starts such threads: `acceptors` on each of the listeners. */
export async function startBlockingWorkers(
  { phase }: Pick<ServerHost, 'phase'>,
  { listeners, acceptors, keepAlive }: BlockingWorkers,
  spawn: (start: BlockingWorkerStart) => ServerThread,
): Promise<RunningServer> {
  const wakes = WakeTable.allocate(listeners.length * acceptors);
  const groups = listeners.map((listener, i) => ({
    listener,
    threads: Array.from({ length: acceptors }, (_, acceptor) =>
      spawn({ listener: listener.handle, wakes: wakes.memory, cell: i * acceptors + acceptor, keepAlive }),
    ),
  }));
  return {
    port: (listeners[0] as BlockingListener).port,
    ready: Promise.all(groups.flatMap(({ threads }) => threads.map((thread) => thread.ready))),
    drain: async () => {
      wakes.shutdownIdle();
      await Promise.all(
        groups.map(({ listener, threads }) =>
          listener.close(phase, Promise.all(threads.map((thread) => thread.ended))),
        ),
      );
    },
    abort: () => wakes.shutdownAll(),
  };
}
