// Several workers, several queues: N threads, each blocked in `accept` on a listening socket of its OWN, all of them
// on the same port (SO_REUSEPORT, Linux 3.9).
//
//                 hash of the      ┌─ accept queue 1 ─► worker 1: accept ─► read ─► handle ─► write ─► close
//   clients ══►   client's     ────┼─ accept queue 2 ─► worker 2: accept ─► …
//                 address          └─ accept queue N ─► worker N: accept ─► …
//
// No lock and no queue are shared, so accepting scales with the cores. But the kernel deals connections out by their
// hash, not by who is free: a connection behind a slow request waits although the next worker is idle, as at a
// supermarket with a line at each till. `perThread` in /stats shows how evenly they were dealt.

import { unsupportedReason } from '../../net/sys/platform.js';
import type { Architecture } from '../architecture.js';
import { BlockingListener } from '../executors/blocking/listener.js';
import {
  blockingWorker,
  keepAliveSetting,
  startBlockingWorkers,
  workersSetting,
} from '../executors/blocking/workers.js';
import { listenPerThread } from '../executors/listen-per-thread.js';

const settings = {
  workers: workersSetting('threads that accept and serve, each from a queue of its own'),
  keepAlive: keepAliveSetting,
};
const roles = { worker: blockingWorker };

const architecture: Architecture<typeof settings, typeof roles> = {
  id: 'reuseport',
  summary: 'N blocking threads, an accept queue for each (SO_REUSEPORT)',
  family: 'blocking',
  settings,
  // Two may be dealt to the same thread.
  connectionsAtOnce: () => 1,
  unsupported: unsupportedReason,
  roles,
  async start(host, { workers, keepAlive }) {
    const { backlog } = host.limits;
    const { fds } = listenPerThread({ host: host.host, port: host.port, backlog }, workers);
    const listeners = fds.map((fd) => new BlockingListener(fd, backlog));
    return startBlockingWorkers(host, { listeners, acceptors: 1, keepAlive }, (start) => host.spawn('worker', start));
  },
};

export default architecture;
