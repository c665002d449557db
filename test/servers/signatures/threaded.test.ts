import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServer } from '../../../src/servers/host.js';
import { startServerProcess } from '../../support/cold-server.js';
import { eventually } from '../../support/eventually.js';
import { threadCount } from '../../support/proc.js';
import { RawConnection } from '../../support/raw-connection.js';
import { signature, openAsking, closeAll, blockedIn } from '../../support/signature.js';

await signature('threaded', () => {
  it('has one thread more for each open connection, blocked in read, until it closes', async () => {
    await using server = await startServerProcess({ mode: 'threaded' });
    const threads = threadCount(server.pid);
    const connections = await Promise.all(Array.from({ length: 10 }, () => RawConnection.open(server.port)));
    await blockedIn(server, 'read', 10);
    // A Node thread brings no helper threads of its own.
    assert.equal(threadCount(server.pid), threads + 10);
    closeAll(connections);
    await eventually('the threads end', () => threadCount(server.pid) === threads);
  });

  it('starts spare threads ahead and keeps them', async () => {
    await using server = await startServerProcess({ mode: 'threaded', set: ['spareThreads=3'] });
    const threads = threadCount(server.pid);
    for (let i = 0; i < 2; i++) {
      const connections = await openAsking(server.port, 3, '/json');
      await Promise.all(connections.map((connection) => connection.response()));
      await blockedIn(server, 'read', 3);
      assert.equal(threadCount(server.pid), threads);
      closeAll(connections);
      await eventually('they are spare again', async () => (await server.stats()).connections.open === 0);
    }
  });

  it('accepts no more connections than it may have threads', async () => {
    await using server = await startServerProcess({ mode: 'threaded', set: ['maxThreads=2'] });
    const first = await openAsking(server.port, 2, '/json');
    await Promise.all(first.map((connection) => connection.response()));
    const [third] = await openAsking(server.port, 1, '/json');
    // The acceptor waits for a permit, not for a connection, although one is there.
    await blockedIn(server, 'accept4', 0);
    assert.equal((await server.stats()).connections.open, 2);
    closeAll(first);
    assert.equal((await third?.response())?.status, 200);
    closeAll(third === undefined ? [] : [third]);
  });

  it('starts no thread for a client that has left while it waited for one', async () => {
    await using server = await startServerProcess({ mode: 'threaded', set: ['maxThreads=1'] });
    const [first, ...impatient] = await openAsking(server.port, 6, '/json');
    await first?.response();
    for (const connection of impatient) connection.reset();
    const [patient] = await openAsking(server.port, 1, '/json');
    first?.socket.destroy();
    assert.equal((await patient?.response())?.status, 200);
    assert.equal((await server.stats()).connections.accepted, 2);
    patient?.socket.destroy();
  });

  it('cuts who still waits for a thread when the grace time is over', async () => {
    const server = await startServer({ mode: 'threaded', graceMs: 1, abortMs: 30_000 });
    const connections = await openAsking(server.port, 30, '/json');
    assert.equal(await server.close(), true);
    await Promise.all(connections.map((connection) => connection.end().catch(() => undefined)));
    closeAll(connections);
  });
});
