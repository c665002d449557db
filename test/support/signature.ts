import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { resolveMode } from '../../src/servers/catalogue.js';
import type { ServerProcess } from '../../src/servers/server-process.js';
import type { ServerStats } from '../../src/servers/stats.js';
import { startServerProcess } from './cold-server.js';
import { eventually } from './eventually.js';
import { cpuMs, threadCount, threadCpuMs, threadsIn, threadsOf } from './proc.js';
import { get, RawConnection } from './raw-connection.js';

// What an outsider can observe of an architecture, and of no other: in /proc, in the order of answers, in /stats.
// Each server runs in a process of its own, so that every thread and every descriptor in it is the server's.

/** Declares the tests of one architecture's signature; skips them where it cannot run. */
export async function signature(mode: string, tests: () => void): Promise<void> {
  const reason = (await resolveMode(mode)).unsupported?.();
  describe(`the signature of ${mode}`, { skip: reason ?? false, timeout: 60_000 }, tests);
}

/** Opens connections and asks one thing on each, without waiting for the answers. */
export async function openAsking(port: number, count: number, path: string): Promise<RawConnection[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const connection = await RawConnection.open(port);
      await connection.send(get(path));
      return connection;
    }),
  );
}

export function closeAll(connections: readonly RawConnection[]): void {
  for (const connection of connections) connection.socket.destroy();
}

/** Waits until exactly `count` threads of the server are blocked in `call`, and says which. */
export function blockedIn(server: ServerProcess, call: string, count: number): Promise<number[]> {
  return eventually(`${count} threads are blocked in ${call}`, () => {
    const threads = threadsIn(server.pid, call);
    return threads.length === count ? threads : undefined;
  });
}

/** The listening sockets of the server's port, as the kernel lists them. */
export function listeningSockets(server: ServerProcess): string[] {
  const port = server.port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => new RegExp(`^ *\\d+: [0-9A-F]{8}:${port} [0-9A-F:]+ 0A `).test(line));
}

export async function statsOf(connection: RawConnection): Promise<ServerStats> {
  await connection.send(get('/stats'));
  return JSON.parse((await connection.response()).body.toString()) as ServerStats;
}

/** Waits until the process has computed for `ms` more than it had before. */
export async function untilItComputes(server: ServerProcess, ms: number): Promise<void> {
  const before = cpuMs(server.pid);
  await eventually(`the server computes for ${ms} ms`, () => cpuMs(server.pid) - before >= ms);
}

/** The first thread that has computed for so long, besides the main one, which only starts the others. */
export function computingThread({ pid }: ServerProcess, ms: number): Promise<number> {
  return eventually(`a thread has computed for ${ms} ms`, () =>
    threadsOf(pid)
      .map(({ tid }) => tid)
      .find((tid) => tid !== pid && threadCpuMs(pid, tid) >= ms),
  );
}

/** What a thread is seen in, looked at again and again until `isOver`: calls that block, or `running`. */
export async function callsSeen({ pid }: ServerProcess, thread: number, isOver: () => boolean): Promise<Set<string>> {
  const seen = new Set<string>();
  await eventually('the thread has been watched', () => {
    for (const { tid, call } of threadsOf(pid)) if (tid === thread) seen.add(call);
    return isOver();
  });
  return seen;
}

/** One long computation delays everybody else on the thread: what is asked after it is answered after it. */
export async function delaysOthersWhileItComputes(server: ServerProcess): Promise<void> {
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
export async function overlapsSleepingRequests(server: ServerProcess): Promise<void> {
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

/** One thread that waits for all connections in one system call. */
export function waitsForEverybodyIn(mode: string, call: string): void {
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
}
