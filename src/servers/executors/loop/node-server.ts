import type { AddressInfo, Server } from 'node:net';
import type { RunningServer } from '../../architecture.js';
import { rehearsalClients } from '../../rehearsal.js';
import type { Service } from '../../service.js';
import type { ServerStats } from '../../stats.js';
import { rehearseOnLoop } from './rehearsal.js';
import { keepSpareDescriptors } from './keep-spare-descriptors.js';

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
 * @param rounds of the rehearsal
 */
export async function startNodeServer(
  create: (service: Service) => NodeServer,
  service: Service,
  { host, port }: { readonly host: string; readonly port: number },
  rounds = 1,
): Promise<RunningServer & Required<Pick<RunningServer, 'stats'>>> {
  await rehearseOnLoop(service, { clients: rehearsalClients, rounds }, (rehearsed) => {
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
