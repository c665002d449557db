import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import type { Architecture } from '../../src/servers/architecture.js';
import { type Server, startServer } from '../../src/servers/host.js';
import { everyArchitecture, keepAlive, skipReason, workers } from '../support/architectures.js';
import { eventually } from '../support/eventually.js';
import { get } from '../support/raw-connection.js';

// Whoever asks and does not read fills the buffers of the kernel on both sides: what is left waits in the server.
const askings: readonly [what: string, requests: string][] = [
  ['one long answer', get('/bytes/16000000')],
  ['many short ones', get('/bytes/4000').repeat(4000)],
];

async function open(port: number): Promise<Socket> {
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => undefined);
  await once(client, 'connect');
  return client;
}

/** Asks until the server has heard it: on a busy machine a client may have idled too long before its first byte left. */
async function ask(
  server: Server,
  requests: string,
  asksNoMore: boolean,
): Promise<{ client: Socket; started: number }> {
  for (let clients = 1; ; clients++) {
    const client = await open(server.port);
    const started = performance.now();
    client.write(requests);
    if (asksNoMore) client.end();
    const outcome = await eventually('it is served, or cut before', async () => {
      const { requests: heard, connections } = await server.stats();
      if (heard > 0) return 'served';
      return connections.accepted === clients && connections.open === 0 ? 'cut' : undefined;
    });
    if (outcome === 'served') return { client, started };
    client.destroy();
  }
}

function examine(architecture: Architecture): void {
  const mode = architecture.id;
  const set = [...keepAlive(architecture), ...workers(architecture, 1)];

  for (const [what, requests] of askings) {
    for (const asksNoMore of [false, true]) {
      it(`cuts a client after its time: ${what}${asksNoMore ? ', and no more' : ''}`, async () => {
        await using server = await startServer({ mode, set: [...set, 'idleTimeout=300ms'] });
        const { client, started } = await ask(server, requests, asksNoMore);
        await eventually('it is gone', async () => (await server.stats()).connections.open === 0);
        assert.ok(performance.now() - started >= 299, 'not before its time');
        client.destroy();
      });
    }
  }

  it('waits for a client that reads slowly', async () => {
    await using server = await startServer({ mode, set: [...set, 'idleTimeout=1s'] });
    // The kernel tells of room for more only when there is a lot: a machine that stands still may have none for too long.
    await eventually('the whole answer', async () => {
      const started = performance.now();
      const bytes = await readSlowly(server.port, get('/bytes/16000000', 'Connection: close'));
      return bytes > 16_000_000 && performance.now() - started > 1000;
    });
  });
}

/** At most 64 KiB at a time, so that it takes longer than a client may idle. Resolves to how many bytes came. */
async function readSlowly(port: number, request: string): Promise<number> {
  const client = await open(port);
  client.write(request);
  let bytes = 0;
  client.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    client.pause();
    setTimeout(() => client.resume(), 5);
  });
  await new Promise((resolve) => {
    for (const event of ['end', 'close']) client.once(event, resolve);
  });
  client.destroy();
  return bytes;
}

describe('answers that nobody reads', { concurrency: 4, timeout: 120_000 }, () => {
  for (const architecture of everyArchitecture)
    describe(architecture.id, { skip: skipReason(architecture), concurrency: 5 }, () => examine(architecture));
});
