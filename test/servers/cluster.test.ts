import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startServerProcess } from '../../src/servers/server-process.js';
import { eventually } from '../support/eventually.js';
import { childrenOf, cpuMs } from '../support/proc.js';
import { get, RawConnection } from '../support/raw-connection.js';
import { existsSync } from 'node:fs';

describe('cluster', { skip: !existsSync('/proc') && 'needs /proc', timeout: 60_000 }, () => {
  it('ends idle clients of a process while another one computes', async () => {
    await using server = await startServerProcess({ mode: 'cluster', set: ['workers=2'], graceMs: 60_000 });
    const order: string[] = [];
    // Round robin: the second connection is the other process's.
    using idle = await RawConnection.open(server.port);
    await idle.send(get('/json'));
    await idle.response();
    using busy = await RawConnection.open(server.port);
    const processes = childrenOf(server.pid);
    const before = processes.map(cpuMs);
    await busy.send(get('/cpu/1500000'));
    const computed = busy.response().then(() => order.push('computed'));
    await eventually('a process computes', () => processes.some((pid, i) => cpuMs(pid) > (before[i] as number) + 100));
    const closing = server.close();
    const ended = idle.end().then(() => order.push('idle client ended'));
    await Promise.all([computed, ended, closing]);
    assert.deepEqual(order, ['idle client ended', 'computed']);
  });

  it('admits maxConnections over all processes', async () => {
    await using server = await startServerProcess({ mode: 'cluster', set: ['workers=2', 'maxConnections=3'] });
    const connections: RawConnection[] = [];
    const statuses: number[] = [];
    // One after the other: the primary gives them to the two in turn.
    for (let i = 0; i < 4; i++) {
      const connection = await RawConnection.open(server.port);
      connections.push(connection);
      await connection.send(get('/json'));
      statuses.push((await connection.response()).status);
    }
    assert.deepEqual(
      statuses.toSorted((a, b) => a - b),
      [200, 200, 200, 503],
    );
    for (const connection of connections) connection.socket.destroy();
  });

  it('refuses to share fewer connections than it has processes', async () => {
    await assert.rejects(startServerProcess({ mode: 'cluster', set: ['workers=3', 'maxConnections=2'] }), {
      name: 'UserError',
      message: 'maxConnections=2 is less than one for each of 3 workers',
      hint: '--set maxConnections=3, or workers=2',
    });
  });
});
