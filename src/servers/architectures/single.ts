import { booleanSetting } from '../../core/settings.js';
import { unsupportedReason } from '../../net/sys/platform.js';
import type { Architecture, Role } from '../architecture.js';
import { BlockingExecutor } from '../executors/blocking-executor.js';
import { acceptBlocking, BlockingListener, type ListenerHandle } from '../executors/blocking-listener.js';
import { WakeTable } from '../executors/wake-table.js';

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

interface Start {
  readonly listener: ListenerHandle;
  readonly wakes: SharedArrayBuffer;
  readonly keepAlive: boolean;
}

const server: Role<Start> = async ({ data, phase, log, openService, ready }) => {
  const service = await openService({ keepAlive: data.keepAlive });
  const executor = new BlockingExecutor(service, new WakeTable(data.wakes), 0);
  ready();
  for (;;) {
    const fd = acceptBlocking(data.listener, 0, phase, log);
    if (fd === undefined) return;
    executor.serve(fd);
  }
};

const settings = {
  keepAlive: booleanSetting(
    'serve more than one request per connection: an idle client then starves all others',
    false,
  ),
};
const roles = { server };

const architecture: Architecture<typeof settings, typeof roles> = {
  id: 'single',
  summary: 'one thread, one connection at a time: accept, read, handle, write, close',
  family: 'blocking',
  aliases: ['blocking'],
  settings,
  unsupported: unsupportedReason,
  roles,
  async start({ host, port, limits, spawn }, { keepAlive }) {
    const listener = new BlockingListener({ host, port, backlog: limits.backlog, acceptors: 1 });
    const wakes = WakeTable.allocate(1);
    const thread = spawn('server', { listener: listener.handle, wakes: wakes.memory, keepAlive });
    await thread.ready;
    return {
      port: listener.port,
      drain: async () => {
        wakes.shutdownIdle();
        await listener.close(thread.ended);
      },
      abort: () => wakes.shutdownAll(),
    };
  },
};

export default architecture;
