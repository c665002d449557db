import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Server } from '../../src/servers/host.js';
import { eventually } from './eventually.js';

/** A connection that may be cut at any moment, and reads nothing until somebody listens for its data. */
export async function openSilently(port: number): Promise<Socket> {
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => undefined);
  await once(client, 'connect');
  return client;
}

/**
 * Asks a server of little patience until it has heard something: on a busy machine a client may have idled too long
 * before its first byte left. The server must be a fresh one, and have no other clients.
 */
export async function askUntilHeard(
  server: Server,
  requests: string | Uint8Array,
  asksNoMore = false,
): Promise<{ client: Socket; startedMs: number }> {
  for (let clients = 1; ; clients++) {
    const client = await openSilently(server.port);
    const startedMs = performance.now();
    client.write(requests);
    if (asksNoMore) client.end();
    const outcome = await eventually('it is heard, or cut before', async () => {
      const { requests: heard, connections } = await server.stats();
      if (heard > 0) return 'heard';
      return connections.accepted === clients && connections.open === 0 ? 'cut' : undefined;
    });
    if (outcome === 'heard') return { client, startedMs };
    client.destroy();
  }
}
