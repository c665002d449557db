import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { resolveMode } from '../../src/servers/catalogue.js';
import { startServer } from '../../src/servers/host.js';
import type { ServerProcess } from '../../src/servers/server-process.js';
import type { ServerStats } from '../../src/servers/stats.js';
import { startServerProcess } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import {
  childrenOf,
  descriptorsOf,
  cpuMs,
  readsAndWrites,
  threadCount,
  threadCpuMs,
  threadsIn,
  threadsOf,
} from '../support/proc.js';
import { fetchOnce, get, RawConnection } from '../support/raw-connection.js';

// What an outsider can observe of an architecture, and of no other: in /proc, in the order of answers, in /stats.
// Each server runs in a process of its own, so that every thread and every descriptor in it is the server's.

/** Declares the tests of one architecture's signature; skips them where it cannot run. */
async function signature(mode: string, tests: () => void): Promise<void> {
  const reason = (await resolveMode(mode)).unsupported?.();
  describe(mode, { skip: reason ?? false, timeout: 60_000 }, tests);
}

/** Opens connections and asks one thing on each, without waiting for the answers. */
async function openAsking(port: number, count: number, path: string): Promise<RawConnection[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const connection = await RawConnection.open(port);
      await connection.send(get(path));
      return connection;
    }),
  );
}

function closeAll(connections: readonly RawConnection[]): void {
  for (const connection of connections) connection.socket.destroy();
}

/** Waits until exactly `count` threads of the server are blocked in `call`, and says which. */
function blockedIn(server: ServerProcess, call: string, count: number): Promise<number[]> {
  return eventually(`${count} threads are blocked in ${call}`, () => {
    const threads = threadsIn(server.pid, call);
    return threads.length === count ? threads : undefined;
  });
}

/** The listening sockets of the server's port, as the kernel lists them. */
function listeningSockets(server: ServerProcess): string[] {
  const port = server.port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => new RegExp(`^ *\\d+: [0-9A-F]{8}:${port} [0-9A-F:]+ 0A `).test(line));
}

async function statsOf(connection: RawConnection): Promise<ServerStats> {
  await connection.send(get('/stats'));
  return JSON.parse((await connection.response()).body.toString()) as ServerStats;
}

/** Waits until the process has computed for `ms` more than it had before. */
async function untilItComputes(server: ServerProcess, ms: number): Promise<void> {
  const before = cpuMs(server.pid);
  await eventually(`the server computes for ${ms} ms`, () => cpuMs(server.pid) - before >= ms);
}

/** The first thread that has computed for so long, besides the main one, which only starts the others. */
function computingThread({ pid }: ServerProcess, ms: number): Promise<number> {
  return eventually(`a thread has computed for ${ms} ms`, () =>
    threadsOf(pid)
      .map(({ tid }) => tid)
      .find((tid) => tid !== pid && threadCpuMs(pid, tid) >= ms),
  );
}

/** What a thread is seen in, looked at again and again until `isOver`: calls that block, or `running`. */
async function callsSeen({ pid }: ServerProcess, thread: number, isOver: () => boolean): Promise<Set<string>> {
  const seen = new Set<string>();
  await eventually('the thread has been watched', () => {
    for (const { tid, call } of threadsOf(pid)) if (tid === thread) seen.add(call);
    return isOver();
  });
  return seen;
}

/** One long computation delays everybody else on the thread: what is asked after it is answered after it. */
async function delaysOthersWhileItComputes(server: ServerProcess): Promise<void> {
  using other = await RawConnection.open(server.port);
  await other.send(get('/json'));
  await other.response();
  const order: string[] = [];
  using computing = await RawConnection.open(server.port);
  await computing.send(get('/cpu/500000'));
  const computed = computing.response().then(() => order.push('cpu'));
  await untilItComputes(server, 100);
  await other.send(get('/json'));
  await other.response();
  order.push('json');
  await computed;
  assert.deepEqual(order, ['cpu', 'json']);
}

/** Sleeping requests overlap: 150 times 200 ms would be 30 s one after the other. */
async function overlapsSleepingRequests(server: ServerProcess): Promise<void> {
  const threads = threadCount(server.pid);
  const started = performance.now();
  const connections = await openAsking(server.port, 150, '/200');
  const statuses = await Promise.all(connections.map(async (connection) => (await connection.response()).status));
  assert.deepEqual(statuses, Array<number>(150).fill(200));
  assert.ok(performance.now() - started < 15_000);
  // Node starts helper threads for files; no thread per connection.
  assert.ok(threadCount(server.pid) <= threads + 8);
  closeAll(connections);
}

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

await signature('event-loop', () => {
  it('overlaps sleeping requests on one thread', async () => {
    await using server = await startServerProcess({ mode: 'event-loop' });
    await overlapsSleepingRequests(server);
    assert.equal((await server.stats()).threads, 1);
  });

  it('delays everybody while one request computes', async () => {
    await using server = await startServerProcess({ mode: 'event-loop' });
    await delaysOthersWhileItComputes(server);
  });
});

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

await signature('node-http', () => {
  it('overlaps sleeping requests on one thread', async () => {
    await using server = await startServerProcess({ mode: 'node-http' });
    await overlapsSleepingRequests(server);
    assert.equal((await server.stats()).threads, 1);
  });
});

await signature('cluster', () => {
  it('answers from N processes', async () => {
    await using server = await startServerProcess({ mode: 'cluster', set: ['workers=3'] });
    assert.equal(childrenOf(server.pid).length, 3);
    await eventually('every process has had a connection', async () => {
      await fetchOnce(server.port, '/json');
      const { threads, perThread } = await server.stats();
      return threads === 3 && perThread.every((connections) => connections > 0);
    });
  });

  for (const [scheduling, holders] of [
    ['rr', 1],
    ['none', 3],
  ] as const) {
    it(`with scheduling=${scheduling}, ${holders} of 3 processes hold the listening socket`, async () => {
      const set = ['workers=2', `scheduling=${scheduling}`];
      await using server = await startServerProcess({ mode: 'cluster', set });
      const [row = ''] = listeningSockets(server);
      const socket = `socket:[${row.trim().split(/ +/)[9]}]`;
      const processes = [server.pid, ...childrenOf(server.pid)];
      assert.equal(processes.filter((pid) => descriptorsOf(pid).includes(socket)).length, holders);
      assert.equal((await fetchOnce(server.port, '/json')).status, 200);
      const answer = fetchOnce(server.port, '/200');
      await eventually('the request has come', async () => (await server.stats()).requests === 2);
      await server.close();
      assert.equal((await answer).status, 200);
    });
  }

  it('fails when one of its processes is killed', async () => {
    const server = await startServerProcess({ mode: 'cluster', set: ['workers=2'] });
    process.kill(childrenOf(server.pid)[0] as number, 'SIGKILL');
    assert.match((await server.ended)?.message ?? '', /a process of the cluster has ended \(SIGKILL\)/);
  });
});

await signature('pooled', () => {
  it('accepts on one thread and serves on the others', async () => {
    await using server = await startServerProcess({ mode: 'pooled', set: ['workers=2'] });
    const [acceptor] = await blockedIn(server, 'accept4', 1);
    await overlapsSleepingRequests(server);
    assert.deepEqual(await blockedIn(server, 'accept4', 1), [acceptor]);
    const { perThread, threads } = await server.stats();
    assert.equal(threads, 3);
    assert.equal(perThread.length, 2);
    assert.ok(
      perThread.every((connections) => connections > 0),
      `both workers serve: ${perThread.join(' ')}`,
    );
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

await signature('reuseport', () => {
  it('has N threads that accept, each on a socket of its own, and every one gets connections', async () => {
    await using server = await startServerProcess({ mode: 'reuseport', set: ['workers=3'] });
    await blockedIn(server, 'accept4', 3);
    assert.equal(listeningSockets(server).length, 3);
    await eventually('every worker has had a connection', async () => {
      await fetchOnce(server.port, '/json');
      const { perThread } = await server.stats();
      return perThread.length === 3 && perThread.every((connections) => connections > 0);
    });
  });
});

await signature('nonblocking', () => {
  it('never sleeps, with nothing to do for one idle connection', async () => {
    await using server = await startServerProcess({ mode: 'nonblocking' });
    using idle = await RawConnection.open(server.port);
    await idle.send(get('/json'));
    await idle.response();
    const tid = await computingThread(server, 200);
    const before = threadCpuMs(server.pid, tid);
    const calls = await callsSeen(server, tid, () => threadCpuMs(server.pid, tid) - before >= 200);
    // Now and then V8 waits for its own threads.
    calls.delete('futex');
    assert.deepEqual(calls, new Set(['running']));
    await overlapsSleepingRequests(server);
  });
});

for (const [mode, call] of [
  ['poll', 'poll'],
  ['reactor', 'epoll_wait'],
] as const) {
  await signature(mode, () => {
    it(`waits for everybody in one ${call} on one thread, and sleeps while they are idle`, async () => {
      await using server = await startServerProcess({ mode });
      const connections = await openAsking(server.port, 20, '/json');
      await Promise.all(connections.map((connection) => connection.response()));
      const { threads } = await server.stats();
      assert.equal(threads, 1);
      const [waiting] = await eventually('a thread of the server waits', () => {
        const inCall = threadsIn(server.pid, call).filter((tid) => tid !== server.pid);
        return inCall.length > 0 ? inCall : undefined;
      });
      let looks = 0;
      assert.deepEqual(await callsSeen(server, waiting as number, () => (looks += 1) === 50), new Set([call]));
      closeAll(connections);
    });

    it('overlaps sleeping requests on one thread', async () => {
      await using server = await startServerProcess({ mode });
      await overlapsSleepingRequests(server);
    });

    it('delays everybody while one request computes', async () => {
      await using server = await startServerProcess({ mode });
      await delaysOthersWhileItComputes(server);
    });
  });
}

await signature('reactor', () => {
  it('spreads connections over as many loops as it has workers', async () => {
    await using server = await startServerProcess({ mode: 'reactor', set: ['workers=2'] });
    assert.equal(listeningSockets(server).length, 2);
    await eventually('both have had a connection', async () => {
      await fetchOnce(server.port, '/json');
      return (await server.stats()).perThread.every((connections) => connections > 0);
    });
  });
});
