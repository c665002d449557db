import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unsupportedReason } from '../../src/net/sys/platform.js';
import type { ServerStats } from '../../src/servers/stats.js';
import { startServer } from '../support/cold-server.js';
import { get, RawConnection } from '../support/raw-connection.js';

describe('threaded, beyond maxConnections', { skip: unsupportedReason() ?? false, timeout: 30_000 }, () => {
  it('refuses without a thread for each', async () => {
    await using server = await startServer({ mode: 'threaded', set: ['maxConnections=1'] });
    const first = await RawConnection.open(server.port);
    await first.send(get('/json'));
    assert.equal((await first.response()).status, 200);
    const others = await Promise.all(Array.from({ length: 8 }, () => RawConnection.open(server.port)));
    for (const other of others) await other.send(get('/json'));
    for (const other of others) assert.equal((await other.response()).status, 503);
    await first.send(get('/stats'));
    const stats = JSON.parse((await first.response()).body.toString()) as ServerStats;
    assert.equal(stats.connections.rejected, others.length);
    // The one that refuses the others, and the thread of the first.
    assert.deepEqual(stats.perThread, [0, 1]);
    for (const connection of [first, ...others]) connection.socket.destroy();
    assert.equal(await server.close(), true);
  });
});
