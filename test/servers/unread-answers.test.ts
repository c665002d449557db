import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Architecture } from '../../src/servers/architecture.js';
import { askUntilHeard, openSilently } from '../support/ask-until-heard.js';
import { everyArchitecture, keepAlive, skipReason, workers } from '../support/architectures.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { get } from '../support/raw-connection.js';

// Whoever asks and does not read fills the buffers of the kernel on both sides: what is left waits in the server.
const askings: readonly [what: string, requests: string][] = [
  ['one long answer', get('/bytes/16000000')],
  ['many short ones', get('/bytes/4000').repeat(4000)],
];

function examine(architecture: Architecture): void {
  const mode = architecture.id;
  const set = [...keepAlive(architecture), ...workers(architecture, 1)];

  for (const [what, requests] of askings) {
    for (const asksNoMore of [false, true]) {
      it(`cuts a client after its time: ${what}${asksNoMore ? ', and no more' : ''}`, async () => {
        await using server = await startServer({ mode, set: [...set, 'idleTimeout=300ms'] });
        const { client, startedMs } = await askUntilHeard(server, requests, asksNoMore);
        await eventually('it is gone', async () => (await server.stats()).connections.open === 0);
        assert.ok(performance.now() - startedMs >= 299, 'not before its time');
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
  const client = await openSilently(port);
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
