import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServerProcess } from '../../support/cold-server.js';
import { readsAndWrites } from '../../support/proc.js';
import { get } from '../../support/raw-connection.js';
import { signature, openAsking, closeAll, blockedIn, overlapsSleepingRequests } from '../../support/signature.js';

await signature('completion', () => {
  // That it sends through the ring too, and how few calls that takes: test/servers/runtime/completion-io.test.ts.
  it('waits in io_uring_enter, and calls neither read nor write for a request', async () => {
    await using server = await startServerProcess({ mode: 'completion' });
    const connections = await openAsking(server.port, 10, '/json');
    await Promise.all(connections.map((connection) => connection.response()));
    await blockedIn(server, 'io_uring_enter', 1);
    const before = readsAndWrites(server.pid);
    for (let i = 0; i < 20; i++) {
      await Promise.all(connections.map((connection) => connection.send(get('/json'))));
      await Promise.all(connections.map((connection) => connection.response()));
    }
    const made = readsAndWrites(server.pid) - before;
    assert.ok(made < 100, `${made} calls of read and write for 200 requests`);
    closeAll(connections);
  });

  it('overlaps sleeping requests on one thread', async () => {
    await using server = await startServerProcess({ mode: 'completion' });
    await overlapsSleepingRequests(server);
  });
});
