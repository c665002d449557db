// The hybrid: threads for the cores, an event loop on each of them for the connections.
//
//                  ┌─ acceptor ─┐    bounded channel      ┌─ worker 1: event loop ─┐
//   clients ══►    │   accept   │ ─► │fd│fd│fd│  │  │ ──► ├─ worker 2: event loop ─┤ ──► CPU slots
//                  └────────────┘    in shared memory     └─ worker N: event loop ─┘     (cpuLimit)
//
// The acceptor blocks in `accept` and puts descriptors into the channel; any worker that has time takes one and serves
// it to its end. A full channel blocks the acceptor, and then the kernel's accept queue fills up: back-pressure, and
// nothing is dropped. Waiting requests overlap on one thread; CPU-bound tasks are limited ACROSS all threads by one
// semaphore in shared memory. A task over the limit waits for a notification: its coroutine is parked, and its thread
// goes on with other requests.

import { Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { integerSetting, type SettingValues } from '../../core/settings.js';
import { Channel } from '../../net/sync/channel.js';
import { Semaphore } from '../../net/sync/semaphore.js';
import { unsupportedReason } from '../../net/sys/platform.js';
import { close } from '../../net/sys/socket.js';
import type { Architecture, Role } from '../architecture.js';
import { BlockingAcceptor, BlockingListener, closeAll, type ListenerHandle } from '../executors/blocking/listener.js';
import { LoopConnections } from '../executors/loop/connections.js';
import type { CpuGate } from '../executors/loop/effects.js';
import { rehearseOnLoop } from '../executors/loop/rehearsal.js';
import { rehearsalClients } from '../rehearsal.js';
import type { Service } from '../service.js';

interface Shared {
  readonly workers: number;
  readonly channel: SharedArrayBuffer;
  readonly cpuSlots: SharedArrayBuffer;
}

/** Which CPU-bound tasks run when: as many at once as there are slots, in the order in which they came. */
function limitCpuTasks({ counters }: Service, slots: Semaphore): CpuGate {
  return async (task, isWanted) => {
    if (!slots.tryAcquire()) {
      counters.cpuTaskWaited();
      await slots.acquire();
    }
    try {
      return { value: isWanted() ? counters.runCpuTask(task) : undefined };
    } finally {
      slots.release();
    }
  };
}

const worker: Role<Shared> = async ({ data, phase, openService, ready }) => {
  const service = await openService();
  const slots = new Semaphore(data.cpuSlots);
  const open = (of: Service): LoopConnections => new LoopConnections(of, limitCpuTasks(of, slots));
  await rehearseOnLoop(service, { clients: Math.ceil(rehearsalClients / data.workers), rounds: 1 }, open);
  const channel = new Channel(data.channel);
  const connections = open(service);
  void phase.reached('draining').then(() => connections.endIdle());
  void phase.reached('aborting').then(() => connections.abort());
  ready();
  for (;;) {
    const fd = await channel.receive();
    if (fd === undefined) return connections.drain();
    service.counters.queueDepth(() => channel.depth);
    // The descriptor is the worker's from here on: the socket closes it.
    connections.serve(new Socket({ fd, allowHalfOpen: true }));
    // Those it has come before those who wait; whoever is idle takes them meanwhile. Else the first to wake takes all.
    await nextTurn();
  }
};

const acceptor: Role<Shared & { readonly listener: ListenerHandle }> = async ({
  data,
  phase,
  log,
  counters,
  ready,
}) => {
  const channel = new Channel(data.channel);
  const connections = new BlockingAcceptor(data.listener, phase, log);
  ready();
  for (;;) {
    const fd = connections.next();
    if (fd === undefined) return;
    if (!channel.sendBlocking(fd)) close(fd);
    counters.queueDepth(() => channel.depth);
  }
};

const settings = {
  workers: integerSetting('threads with an event loop each', availableParallelism(), { min: 1, max: 1024 }),
  cpuLimit: integerSetting('CPU-bound tasks that run at once over all threads; 0: one less than workers', 0, {
    min: 0,
    max: 1024,
  }),
  queue: integerSetting('accepted connections that may wait for a worker; 0: 256 per worker', 0, {
    min: 0,
    max: 1_000_000,
  }),
};
const roles = { worker, acceptor };

/** One thread stays free to answer while the others compute. */
function derive(given: SettingValues<typeof settings>): SettingValues<typeof settings> {
  return {
    workers: given.workers,
    cpuLimit: given.cpuLimit === 0 ? Math.max(1, given.workers - 1) : given.cpuLimit,
    queue: given.queue === 0 ? 256 * given.workers : given.queue,
  };
}

const architecture: Architecture<typeof settings, typeof roles> = {
  id: 'pooled',
  summary: 'acceptor, bounded channel, N event loops, one CPU limit over all',
  family: 'hybrid',
  aliases: ['hybrid'],
  settings,
  derive,
  unsupported: unsupportedReason,
  roles,
  async start(host, { workers, cpuLimit, queue }) {
    const { phase, spawn } = host;
    const listener = BlockingListener.open(host);
    const shared: Shared = {
      workers,
      channel: Channel.allocate(queue),
      cpuSlots: Semaphore.allocate(cpuLimit),
    };
    const channel = new Channel(shared.channel);
    const threads = Array.from({ length: workers }, () => spawn('worker', shared));
    const acceptorThread = spawn('acceptor', { ...shared, listener: listener.handle });
    return {
      port: listener.port,
      ready: Promise.all([acceptorThread, ...threads].map((thread) => thread.ready)),
      drain: async () => {
        await listener.close(phase, acceptorThread.ended);
        channel.close();
        await Promise.all(threads.map((thread) => thread.ended));
        // Of workers that have not started.
        closeAll(channel);
      },
      abort: () => channel.close(),
    };
  },
};

export default architecture;
