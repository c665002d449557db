import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServerProcess } from '../../support/cold-server.js';
import { threadCount } from '../../support/proc.js';
import { signature, openAsking, closeAll, blockedIn, listeningSockets } from '../../support/signature.js';

await signature('shared-queue', () => {
  it('has N threads blocked in accept on one socket, and serves N requests at a time', async () => {
    await using server = await startServerProcess({ mode: 'shared-queue', set: ['workers=3'] });
    await blockedIn(server, 'accept4', 3);
    assert.equal(listeningSockets(server).length, 1);
    const threads = threadCount(server.pid);
    const started = performance.now();
    const connections = await openAsking(server.port, 4, '/200');
    await blockedIn(server, 'nanosleep', 3);
    await Promise.all(connections.map((connection) => connection.response()));
    assert.ok(performance.now() - started >= 400, 'the fourth had to wait for one of the three');
    assert.equal(threadCount(server.pid), threads);
    closeAll(connections);
  });
});
