import { createServer, type Server } from 'node:net';
import type { ServerStats } from '../stats.js';
import { rehearse } from '../rehearse.js';
import type { Service } from '../service.js';
import { LoopConnections } from './loop-connections.js';
import { acceptWaiting } from './loop-turn.js';

/** A server of Node's, whatever is spoken on it. */
export interface NodeServer {
  readonly server: Server;
  /** The counters of this process, up to date. */
  readonly stats: () => ServerStats;
  /** Stops accepting; done when the last request is answered and every connection closed. */
  readonly drain: () => Promise<void>;
  readonly abort: () => void;
}

/**
 * A bare `node:net` server whose connections are our coroutines.
 * @param totals the counters of the whole server, where this one is a part of it
 */
export function createLoopServer(given: Service, totals?: () => Promise<ServerStats>): NodeServer {
  const service: Service = totals === undefined ? given : { ...given, stats: totals };
  rehearse(given);
  const connections = new LoopConnections(service);
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => connections.serve(socket));
  return {
    server,
    stats: given.ownStats,
    drain: async () => {
      await acceptWaiting(() => connections.accepted, given.limits.backlog);
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      await connections.drain();
      await closed;
    },
    abort: () => connections.abort(),
  };
}
