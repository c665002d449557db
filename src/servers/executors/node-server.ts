import { type AddressInfo, type Server, Socket } from 'node:net';
import { accept, close } from '../../net/sys/socket.js';
import type { RunningServer } from '../architecture.js';
import { rehearsalClients, rehearse } from '../rehearsal.js';
import type { Service } from '../service.js';
import type { ServerStats } from '../stats.js';
import { keepSpareDescriptors } from './spare-descriptors.js';

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
 * Creates servers that rehearse, one after the other, and one that listens.
 * @param rehearsals how often: the more code, the longer the compiler takes to be through with it
 */
export async function startNodeServer(
  create: (service: Service) => NodeServer,
  service: Service,
  { host, port }: { readonly host: string; readonly port: number },
  rehearsals = 1,
): Promise<RunningServer> {
  const until = performance.now() + longestRehearsalsMs;
  for (let left = rehearsals; left > 0 && performance.now() < until; left--)
    await rehearseOnLoop(service, 1, (rehearsed) => {
      const { server, drain, abort } = create(rehearsed);
      return { serve: (socket) => server.emit('connection', socket), drain, abort };
    });
  const { server, stats, drain, abort } = create(service);
  keepSpareDescriptors(server, service);
  const boundPort = await listen(server, { host, port, backlog: service.limits.backlog });
  server.on('error', (error) => service.log('warn', `accept: ${error.message}`));
  return { port: boundPort, stats: async () => stats(), drain, abort };
}

/** Resolves to the port. */
export function listen(
  server: Server,
  options: { readonly host: string; readonly port: number; readonly backlog: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** On a busy machine a few rehearsals have to do. */
const longestRehearsalsMs = 500;

/** Whatever serves sockets on Node's event loop. */
interface SocketServer {
  readonly serve: (socket: Socket) => void;
  readonly drain: () => Promise<void>;
  readonly abort: () => void;
}

/** Rehearses on the event loop of the calling thread. @param threads how many do so at once */
export function rehearseOnLoop(
  given: Service,
  threads: number,
  open: (service: Service) => SocketServer,
): Promise<void> {
  return rehearse(given, Math.ceil(rehearsalClients / threads), async ({ service, listener, clients, end }) => {
    const server = open(service);
    for (let i = 0; i < clients; i++) {
      const fd = accept(listener, false);
      if (fd < 0) end();
      else server.serve(new Socket({ fd, allowHalfOpen: true }));
    }
    close(listener);
    await service.phase.reached('aborting');
    server.abort();
    await server.drain();
  });
}
