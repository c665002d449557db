import { createServer } from 'node:net';
import { mostWaiting } from '../../limits.js';
import type { ServerStats } from '../../stats.js';
import type { Service } from '../../service.js';
import { LoopConnections } from './connections.js';
import { acceptWaiting } from './turn.js';
import type { NodeServer } from './node-server.js';

/**
 * A bare `node:net` server whose connections are our coroutines.
 * @param totals the counters of the whole server, where this one is a part of it
 */
export function createLoopServer(given: Service, totals?: () => Promise<ServerStats>): NodeServer {
  const service: Service = totals === undefined ? given : { ...given, stats: totals };
  const connections = new LoopConnections(service);
  const server = createServer({ allowHalfOpen: true }, (socket) => connections.serve(socket));
  return {
    server,
    stats: given.ownStats,
    drain: async () => {
      await acceptWaiting(server, () => connections.accepted, mostWaiting(given.limits.backlog));
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      await connections.drain();
      await closed;
    },
    abort: () => connections.abort(),
  };
}
