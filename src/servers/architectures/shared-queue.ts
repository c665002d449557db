// Several workers, one queue: N threads, all blocked in `accept` on the SAME listening socket.
//
//                                  ┌─ worker 1: accept ─► read ─► handle ─► write ─► close ─┐
//   clients ══► one accept queue ──┼─ worker 2: accept ─► …                                 │
//                                  └─ worker N: accept ─► …                                 ┘
//
// The kernel is the dispatcher: it wakes one waiting thread per connection, so whoever is free takes the next, as at a
// bank with one line for all counters. N requests can sleep at once, request N + 1 waits in the queue. Threads are
// started once, which is what `threaded` pays for with every connection; and they are few, which is the limit.

import { unsupportedReason } from '../../net/sys/platform.js';
import type { Architecture } from '../architecture.js';
import { BlockingListener } from '../executors/blocking/listener.js';
import {
  blockingWorker,
  keepAliveSetting,
  startBlockingWorkers,
  workersSetting,
} from '../executors/blocking/workers.js';

const settings = {
  workers: workersSetting('threads that accept and serve'),
  keepAlive: keepAliveSetting,
};
const roles = { worker: blockingWorker };

const architecture: Architecture<typeof settings, typeof roles> = {
  id: 'shared-queue',
  summary: 'N blocking threads that all accept from one queue',
  family: 'blocking',
  settings,
  connectionsAtOnce: ({ workers }) => workers,
  unsupported: unsupportedReason,
  roles,
  async start(host, { workers, keepAlive }) {
    const listeners = [BlockingListener.open(host)];
    return startBlockingWorkers(host, { listeners, acceptors: workers, keepAlive }, (start) =>
      host.spawn('worker', start),
    );
  },
};

export default architecture;
