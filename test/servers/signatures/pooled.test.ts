import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServerProcess } from '../../support/cold-server.js';
import { eventually } from '../../support/eventually.js';
import { get, RawConnection } from '../../support/raw-connection.js';
import {
  signature,
  openAsking,
  closeAll,
  blockedIn,
  statsOf,
  untilItComputes,
  overlapsSleepingRequests,
} from '../../support/signature.js';

await signature('pooled', () => {
  it('accepts on one thread and serves on the others', async () => {
    await using server = await startServerProcess({ mode: 'pooled', set: ['workers=2'] });
    const [acceptor] = await blockedIn(server, 'accept4', 1);
    await overlapsSleepingRequests(server);
    assert.deepEqual(await blockedIn(server, 'accept4', 1), [acceptor]);
    const { perThread, threads } = await server.stats();
    assert.equal(threads, 3);
    assert.equal(perThread.length, 2);
    // Whoever has time takes the next: on a busy machine that may be one of them for a while.
    await eventually('both workers have served', async () => {
      closeAll(await openAsking(server.port, 20, '/json'));
      return (await server.stats()).perThread.every((connections) => connections > 0);
    });
  });

  it('limits CPU-bound tasks over all threads, and loses none', async () => {
    await using server = await startServerProcess({ mode: 'pooled', set: ['workers=2', 'cpuLimit=1'] });
    const computing = await openAsking(server.port, 8, '/cpu/30000');
    const sleeping = await openAsking(server.port, 50, '/50');
    const statuses = await Promise.all(
      [...computing, ...sleeping].map(async (connection) => (await connection.response()).status),
    );
    assert.deepEqual(statuses, Array<number>(58).fill(200));
    const { cpuTasks } = await server.stats();
    assert.equal(cpuTasks.peak, 1);
    assert.equal(cpuTasks.running, 0);
    closeAll([...computing, ...sleeping]);
  });

  it('answers others on a thread whose CPU task waits for a slot', async () => {
    await using server = await startServerProcess({ mode: 'pooled', set: ['workers=2', 'cpuLimit=1'] });
    // Connections are tied to the thread that took them from the channel: find some on each.
    const byThread: RawConnection[][] = [[], []];
    await eventually('each thread has two connections', async () => {
      const connection = await RawConnection.open(server.port);
      byThread[(await statsOf(connection)).thread]?.push(connection);
      return byThread.every((connections) => connections.length >= 2);
    });
    const [[taking], [waiting, other]] = byThread as [[RawConnection], [RawConnection, RawConnection]];
    await taking.send(get('/cpu/1000000'));
    await untilItComputes(server, 50);
    await waiting.send(get('/cpu/10'));
    await eventually('a task waits for the slot', async () => (await statsOf(other)).cpuTasks.waited === 1);
    await other.send(get('/10'));
    const order: string[] = [];
    const note = async (name: string, connection: RawConnection): Promise<void> => {
      await connection.response();
      order.push(name);
    };
    await Promise.all([note('taking', taking), note('waiting', waiting), note('other', other)]);
    assert.equal(order[0], 'other');
    assert.deepEqual(order.toSorted(), ['other', 'taking', 'waiting']);
    closeAll(byThread.flat());
  });

  it('stops accepting when the channel is full, and drops nothing', async () => {
    await using server = await startServerProcess({ mode: 'pooled', set: ['workers=1', 'queue=2'] });
    const [busy] = await openAsking(server.port, 1, '/cpu/300000');
    await untilItComputes(server, 50);
    const connections = await openAsking(server.port, 8, '/json');
    const statuses = await Promise.all(connections.map(async (connection) => (await connection.response()).status));
    assert.deepEqual(statuses, Array<number>(8).fill(200));
    assert.equal((await server.stats()).queue.peak, 2);
    closeAll(busy === undefined ? connections : [busy, ...connections]);
  });
});
