// The first server anybody writes: one thread, one connection at a time, and every call blocks.
//
//   clients ══► accept queue ──► ┌─ one thread ──────────────────────────────────┐
//               (everyone else   │ accept ─► read ─► handle ─► write ─► close ─┐ │
//                waits here)     │    ▲────────────────────────────────────────┘ │
//                                └───────────────────────────────────────────────┘
//
// While a request sleeps, the thread sleeps, and so does the whole server: n clients that each need t seconds take
// n × t. One request per connection, so that the next client gets its turn; `keepAlive=true` shows what happens
// otherwise: one client that keeps its connection open starves all others.

import { unsupportedReason } from '../../net/sys/platform.js';
import type { Architecture } from '../architecture.js';
import { BlockingListener } from '../executors/blocking/listener.js';
import { blockingWorker, keepAliveSetting, startBlockingWorkers } from '../executors/blocking/workers.js';

const settings = { keepAlive: keepAliveSetting };
const roles = { server: blockingWorker };

const architecture: Architecture<typeof settings, typeof roles> = {
  id: 'single',
  summary: 'one thread, one connection at a time: everybody else waits',
  family: 'blocking',
  aliases: ['blocking'],
  settings,
  connectionsAtOnce: () => 1,
  unsupported: unsupportedReason,
  roles,
  async start(host, { keepAlive }) {
    const listeners = [BlockingListener.open(host)];
    return startBlockingWorkers(host, { listeners, acceptors: 1, keepAlive }, (start) => host.spawn('server', start));
  },
};

export default architecture;
