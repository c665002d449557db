import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { resolveMode } from '../../src/servers/catalogue.js';
import { startServer } from '../../src/servers/host.js';
import { eventually } from '../support/eventually.js';
import { get } from '../support/raw-connection.js';

// Whoever asks and does not read fills the buffers of the kernel on both sides: what is left waits in the server.
for (const { id: mode, unsupported } of await Promise.all(['poll', 'reactor', 'completion'].map(resolveMode))) {
  describe(`answers that nobody reads, on ${mode}`, { skip: unsupported?.() ?? false, timeout: 60_000 }, () => {
    for (const [what, requests] of [
      ['one long answer', [get('/bytes/16000000')]],
      ['many short ones', Array<string>(4000).fill(get('/bytes/4000'))],
    ] as const) {
      for (const asksNoMore of [false, true]) {
        it(`cuts a client after its time: ${what}${asksNoMore ? ', and no more' : ''}`, async () => {
          await using server = await startServer({ mode, set: ['idleTimeout=300ms'] });
          const client = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
          client.on('error', () => undefined);
          await once(client, 'connect');
          const started = performance.now();
          client.write(requests.join(''));
          if (asksNoMore) client.end();
          await eventually('it is served', async () => (await server.stats()).requests > 0);
          await eventually('it is gone', async () => (await server.stats()).connections.open === 0);
          assert.ok(performance.now() - started >= 299, 'not before its time');
          client.destroy();
        });
      }
    }

    it('waits for a client that reads slowly', async () => {
      await using server = await startServer({ mode, set: ['idleTimeout=1s'] });
      const client = connect({ port: server.port, host: '127.0.0.1' });
      await once(client, 'connect');
      client.write(get('/bytes/16000000', 'Connection: close'));
      let bytes = 0;
      const started = performance.now();
      client.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        // At most 64 KiB at a time: it takes longer than it may idle.
        client.pause();
        setTimeout(() => client.resume(), 5);
      });
      await once(client, 'end');
      assert.ok(bytes > 16_000_000, `${bytes} bytes`);
      assert.ok(performance.now() - started > 1000, 'it was slow');
    });
  });
}
