import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServerProcess } from '../../support/cold-server.js';
import { threadCount } from '../../support/proc.js';
import { RawConnection } from '../../support/raw-connection.js';
import { signature, openAsking, closeAll, blockedIn } from '../../support/signature.js';

await signature('single', () => {
  it('accepts, reads, sleeps and serves on one thread, one request at a time', async () => {
    await using server = await startServerProcess({ mode: 'single' });
    const threads = threadCount(server.pid);
    const [inAccept] = await blockedIn(server, 'accept4', 1);
    const idle = await RawConnection.open(server.port);
    const [inRead] = await blockedIn(server, 'read', 1);
    idle.socket.destroy();
    const started = performance.now();
    const connections = await openAsking(server.port, 2, '/200');
    const [inSleep] = await blockedIn(server, 'nanosleep', 1);
    await Promise.all(connections.map((connection) => connection.response()));
    assert.ok(performance.now() - started >= 400, 'two requests of 200 ms take 400 ms');
    assert.deepEqual([inRead, inSleep], [inAccept, inAccept]);
    assert.equal(threadCount(server.pid), threads);
    closeAll(connections);
  });
});
