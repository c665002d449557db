// Thread per connection: the operating system does the multiplexing, the program stays a straight line.
//
//                 ┌─ acceptor ─┐  fd   ┌─ thread for this connection ───────┐
//   clients ══►   │   accept   │ ────► │ read ─► handle ─► write ─┐         │   ends with the connection, or
//                 └────────────┘       │   ▲──────────────────────┘ ─► close│   becomes a spare (spareThreads)
//                        │             └────────────────────────────────────┘
//                        └── maxThreads connections are open: no more accept, the kernel's queue holds the rest
//
// A sleeping request costs a sleeping thread and delays nobody. The price is the thread: here, where each is a Node
// isolate, some tens of milliseconds of computing to start and some megabytes to keep (docs/performance.md). So a cold
// server looks bad when connections come and go, and it is meant to. Servers of this kind therefore keep finished
// threads for reuse (Apache's spare servers, MySQL's thread cache): `spareThreads=N` starts N ahead and keeps up to N.

import { UserError } from '../../core/errors.js';
import { integerSetting, type SettingValues } from '../../core/settings.js';
import { Channel } from '../../net/sync/channel.js';
import { Semaphore } from '../../net/sync/semaphore.js';
import { unsupportedReason } from '../../net/sys/platform.js';
import { close } from '../../net/sys/socket.js';
import type { Architecture, Role } from '../architecture.js';
import { Counters } from '../counters.js';
import { BlockingExecutor } from '../executors/blocking/executor.js';
import { BlockingAcceptor, BlockingListener, type ListenerHandle } from '../executors/blocking/listener.js';
import { ConnectionThreads } from '../executors/blocking/connection-threads.js';
import { WakeTable } from '../executors/blocking/wake-table.js';
import type { ServerThread } from '../threads.js';

interface Shared {
  readonly wakes: SharedArrayBuffer;
  /** Descriptors for threads that are there already, waiting. */
  readonly toSpares: SharedArrayBuffer;
  /** Descriptors for which a thread has to be started. */
  readonly toNew: SharedArrayBuffer;
  /** Int32: how many spare threads are not yet promised to a connection. */
  readonly spares: SharedArrayBuffer;
  /** One permit per connection that may be open. */
  readonly permits: SharedArrayBuffer;
  readonly spareThreads: number;
  readonly maxThreads: number;
}

interface ConnectionStart extends Shared {
  /** Which cell of the wake table is this thread's. */
  readonly cell: number;
  /** The connection it is started for; `undefined` for a thread started ahead. */
  readonly fd: number | undefined;
}

interface AcceptorStart extends Shared {
  readonly listener: ListenerHandle;
}

/** Moves a counter by `step` while it stays within 0..`limit`; false when it would not. */
function moveWithin(cell: Int32Array, step: 1 | -1, limit: number): boolean {
  for (let seen = Atomics.load(cell, 0); ;) {
    const wanted = seen + step;
    if (wanted < 0 || wanted > limit) return false;
    const found = Atomics.compareExchange(cell, 0, seen, wanted);
    if (found === seen) return true;
    seen = found;
  }
}

const acceptor: Role<AcceptorStart> = ({ data, phase, log, ready }) => {
  const permits = new Semaphore(data.permits);
  const toSpares = new Channel(data.toSpares);
  const toNew = new Channel(data.toNew);
  const spares = new Int32Array(data.spares);
  const connections = new BlockingAcceptor(data.listener, phase, log);
  ready();
  for (;;) {
    permits.acquireBlocking();
    const fd = connections.next();
    if (fd === undefined) return;
    const isSpareThere = moveWithin(spares, -1, data.maxThreads);
    if (!(isSpareThere ? toSpares : toNew).sendBlocking(fd)) close(fd);
  }
};

const connection: Role<ConnectionStart> = async ({ data, phase, openService, ready }) => {
  const service = await openService();
  const executor = new BlockingExecutor(service, new WakeTable(data.wakes), data.cell);
  const permits = new Semaphore(data.permits);
  const toSpares = new Channel(data.toSpares);
  const toNew = new Channel(data.toNew);
  const spares = new Int32Array(data.spares);
  let { fd } = data;
  if (fd === undefined) {
    // Loaded only here: a thread with a connection already has no time to rehearse.
    const { rehearseBlocking } = await import('../executors/blocking/rehearsal.js');
    await rehearseBlocking(service);
    Atomics.add(spares, 0, 1);
  }
  ready();
  for (;;) {
    fd ??= toSpares.receiveBlocking();
    if (fd === undefined) return;
    executor.serve(fd);
    // While the server ends nobody waits for a thread to start where one has finished.
    fd = phase.ending ? toNew.tryReceive() : undefined;
    if (fd === undefined && !moveWithin(spares, 1, phase.ending ? data.maxThreads : data.spareThreads)) return;
    // After it has become a spare, so that the acceptor finds it. One that ends gives its permit back by ending.
    permits.release();
  }
};

const settings = {
  spareThreads: integerSetting('threads started ahead, and finished ones kept for reuse', 0, { min: 0, max: 4000 }),
  maxThreads: integerSetting('connections served at once; further ones wait in the accept queue', 512, {
    min: 1,
    max: 4000,
  }),
};
const roles = { acceptor, connection };

function derive(given: SettingValues<typeof settings>): SettingValues<typeof settings> {
  if (given.spareThreads <= given.maxThreads) return given;
  throw new UserError(`spareThreads=${given.spareThreads} is more than maxThreads=${given.maxThreads}`);
}

const architecture: Architecture<typeof settings, typeof roles> = {
  id: 'threaded',
  summary: 'an acceptor, and one blocking thread per connection',
  family: 'blocking',
  aliases: ['thread-per-connection'],
  settings,
  connectionsAtOnce: ({ maxThreads }) => maxThreads,
  derive,
  unsupported: unsupportedReason,
  roles,
  async start(host, { spareThreads, maxThreads }) {
    const { limits, phase, spec, log, spawn, openService } = host;
    // Imported now, not at the first refusal: an import needs descriptors, which may have run out by then, and Node never
    // retries an import that failed. Only here: a connection's thread needs no `node:net`.
    const { LoopRefusals } = await import('../executors/loop/refusals.js');
    const service = await openService();
    const counters = new Counters(spec.counters);
    // This one serves nobody: it says no to those who are one too many.
    counters.threadEnded();
    const listener = BlockingListener.open(host);
    const wakes = WakeTable.allocate(maxThreads);
    const shared: Shared = {
      wakes: wakes.memory,
      toSpares: Channel.allocate(maxThreads),
      toNew: Channel.allocate(maxThreads),
      spares: new SharedArrayBuffer(4),
      permits: Semaphore.allocate(maxThreads),
      spareThreads,
      maxThreads,
    };
    const permits = new Semaphore(shared.permits);
    const threads = new ConnectionThreads({
      spawn: (cell, fd) => spawn('connection', { ...shared, fd, cell }),
      permits,
      cells: maxThreads,
      counters,
      phase,
      log,
      maxConnections: limits.maxConnections,
      refusals: new LoopRefusals(service, () => permits.release()),
    });
    const startAcceptor = async (): Promise<ServerThread | undefined> => {
      // Before there are spares it would ask for more threads than there may be. The kernel's queue holds who comes now.
      await Promise.all(Array.from({ length: spareThreads }, () => threads.startSpare()));
      return phase.ending ? undefined : spawn('acceptor', { ...shared, listener: listener.handle });
    };
    const acceptorThread = startAcceptor();
    const newConnections = new Channel(shared.toNew);
    const starting = threads.serveAll(newConnections);
    return {
      port: listener.port,
      ready: acceptorThread.then((thread) => thread?.ready),
      drain: async () => {
        wakes.shutdownIdle();
        // Rejected where a spare has not started.
        const started = await acceptorThread.catch(() => undefined);
        await listener.close(phase, started?.ended ?? Promise.resolve());
        newConnections.close();
        await starting;
        new Channel(shared.toSpares).close();
        await threads.ended();
      },
      abort: () => {
        wakes.shutdownAll();
        threads.abort();
      },
    };
  },
};

export default architecture;
