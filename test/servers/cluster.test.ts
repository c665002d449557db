import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { startServerProcess as startRehearsed } from '../../src/servers/server-process.js';
import { startServer, startServerProcess } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { childrenOf, cpuMs } from '../support/proc.js';
import { connectBlocking } from '../support/queue-up.js';
import { get, RawConnection } from '../support/raw-connection.js';
import { existsSync } from 'node:fs';

describe('cluster', { skip: !existsSync('/proc') && 'needs /proc', timeout: 60_000, concurrency: 2 }, () => {
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

  it('does not count the clients of its rehearsal', async () => {
    await using server = await startRehearsed({ mode: 'cluster', set: ['workers=2'] });
    const { connections, requests, bytes, perThread } = await server.stats();
    assert.deepEqual(connections, { accepted: 0, open: 0, rejected: 0 });
    assert.deepEqual([requests, bytes, perThread], [0, { received: 0, sent: 0 }, [0, 0]]);
  });

  it('answers whoever waits while every process computes when it shall end', async () => {
    await using server = await startServerProcess({ mode: 'cluster', set: ['workers=1'], graceMs: 60_000 });
    const [process = 0] = childrenOf(server.pid);
    const before = cpuMs(process);
    using busy = await RawConnection.open(server.port);
    await busy.send(get('/cpu/1500000'));
    await eventually('it computes', () => cpuMs(process) > before + 100);
    const waiting = await Promise.all(Array.from({ length: 10 }, () => RawConnection.open(server.port)));
    await Promise.all(waiting.map((client) => client.send(get('/json'))));
    const closing = server.close();
    for (const client of waiting) {
      assert.equal((await client.response()).status, 200);
      client.socket.destroy();
    }
    await closing;
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

  it('says no to everybody who waits in the accept queue when it shall end', async () => {
    await using server = await startServer({ mode: 'cluster', set: ['workers=1', 'maxConnections=1'] });
    using served = await RawConnection.open(server.port);
    await served.send(get('/json'));
    await served.response();
    await served.send('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1');
    const request = Buffer.from(get('/json'));
    const waiting = Array.from(
      { length: 30 },
      () => new RawConnection(new Socket({ fd: connectBlocking(server.port, request), allowHalfOpen: true })),
    );
    const closed = server.close();
    for (const connection of waiting) {
      assert.equal((await connection.response()).status, 503);
      connection.socket.destroy();
    }
    await served.send('2');
    assert.equal((await served.response()).body.toString(), '12');
    assert.equal(await closed, true);
  });

  it('refuses to share fewer connections than it has processes', async () => {
    await assert.rejects(startServerProcess({ mode: 'cluster', set: ['workers=3', 'maxConnections=2'] }), {
      name: 'UserError',
      message: 'maxConnections=2 is less than one for each of 3 workers',
      hint: '--set maxConnections=3, or workers=2',
    });
  });
});
