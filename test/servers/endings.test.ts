import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { encodeFrame } from '../../src/net/frames/encode-frame.js';
import type { Architecture } from '../../src/servers/architecture.js';
import { lastCallMs } from '../../src/servers/connection.js';
import { everyArchitecture, keepAlive, skipReason, workers } from '../support/architectures.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { get, RawConnection } from '../support/raw-connection.js';

/** More than the buffers of both sides hold: the rest leaves while the client reads. */
const longAnswer = 16_000_000;

/** More than a client takes before it reads, and less than both kernels keep, which is 2.5 MB and more on loopback. */
const keptByKernel = 1_000_000;

/**
 * A client whose next request has come, in a segment of its own, before it reads the long answer to its last.
 * Resolves to how many bytes came until the server closed.
 */
async function readLate(port: number, ...headers: string[]): Promise<number> {
  const client = connect({ port, host: '127.0.0.1' });
  client.write(get(`/bytes/${longAnswer}`, ...headers));
  await once(client, 'readable');
  await new Promise<unknown>((resolve) => client.write(get('/json'), resolve));
  let bytes = 0;
  for await (const chunk of client as AsyncIterable<Buffer>) bytes += chunk.length;
  return bytes;
}

/** The server has closed, and all that it has said was read. */
function assertEnd({ message }: Error): void {
  assert.match(message, /^the server closed; 0 bytes are not read/);
}

function examine(architecture: Architecture): void {
  const mode = architecture.id;
  const set = [...keepAlive(architecture), ...workers(architecture, 1)];

  it('is no reset for a client that sends on after its last request, before it has the answer', async () => {
    await using server = await startServer({ mode, set });
    assert.ok((await readLate(server.port, 'Connection: close')) > longAnswer);
  });

  it('comes after the last of the requests that have arrived when the server ends', async () => {
    const server = await startServer({ mode, set });
    using client = await RawConnection.open(server.port);
    await client.send(get('/work?io=300'));
    await eventually('the first is heard', async () => (await server.stats()).requests === 1);
    await client.send(get('/1') + get('/1'));
    await client.send(get('/1'));
    const closed = server.close();
    const connections: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++) {
      const { status, headers } = await client.response();
      assert.equal(status, 200);
      connections.push(headers.get('connection'));
    }
    // Where a machine stands still, all may be answered before the server hears that it shall end.
    assert.ok([3, -1].includes(connections.indexOf('close')), `the last one only: ${connections.join()}`);
    client.socket.end();
    assert.equal(await closed, true);
  });

  it('is told to a client whose request was on its way, in head or body, when the server ends', async () => {
    for (const head of ['POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab', 'GET /json HTTP/1.1\r\nHo']) {
      const server = await startServer({ mode, set });
      using client = await RawConnection.open(server.port);
      await client.send(head);
      await eventually('it has come', async () => (await server.stats()).bytes.received === head.length);
      const closed = server.close();
      await client.send(head.startsWith('POST') ? 'cd' : 'st: h\r\n\r\n');
      const { status, headers } = await client.response();
      assert.equal(status, 200);
      // A process of `cluster` may answer before it hears that it shall end.
      if (architecture.family !== 'processes') assert.equal(headers.get('connection'), 'close');
      client.socket.end();
      assert.equal(await closed, true);
    }
  });

  it('waits for a request that is on its way to an idle connection', async () => {
    for (let isTimely = false; !isTimely;) {
      const server = await startServer({ mode, set });
      using client = await RawConnection.open(server.port);
      await client.send(get('/1'));
      await client.response();
      const beforeMs = performance.now();
      const closed = server.close();
      await setTimeout(20);
      await client.send(get('/1'));
      // Half of it: a busy thread begins to count from the beginning of its turn.
      isTimely = performance.now() - beforeMs < lastCallMs / 2;
      const answer = await client.response().catch(assertEnd);
      if (isTimely) assert.deepEqual([answer?.status, answer?.headers.get('connection')], [200, 'close']);
      client.socket.end();
      assert.equal(await closed, true);
    }
  });

  it('comes soon for a client that always has eight requests on their way, when the server ends', async () => {
    const log: string[] = [];
    const server = await startServer({ mode, set, graceMs: 5000, log: (_level, message) => log.push(message) });
    using client = await RawConnection.open(server.port);
    // Their answers come one by one, also where all of them wait together.
    const [requestMs, most] = [4, 8];
    await client.send(Array.from({ length: most }, (_, i) => get(`/${requestMs * (i + 1)}`)).join(''));
    let closed: Promise<boolean> | undefined;
    // Where a machine stands still, the server may find all answered, and the connection idle.
    for (let answered = 1; ; answered++) {
      const answer = await client.response().catch(assertEnd);
      if (!answer) break;
      assert.equal(answer.status, 200);
      if (answer.headers.get('connection') === 'close') break;
      await client.send(get(`/${requestMs * most}`));
      if (answered === 10) closed = server.close();
    }
    client.socket.end();
    assert.equal(await closed, true);
    assert.deepEqual(log, []);
  });

  it('comes soon for a client that asks faster than it is answered', async () => {
    const server = await startServer({ mode, set, graceMs: 5000 });
    using client = await RawConnection.open(server.port);
    let asked = 0;
    const asking = setInterval(() => {
      asked++;
      client.socket.write(get('/work?io=40'));
    }, 20);
    try {
      await eventually('half of them wait', async () => asked >= 20);
      const before = asked;
      const closed = server.close();
      let answered = 0;
      while (await client.response().catch(assertEnd)) answered++;
      // Some more, because a machine may stand still before the server hears that it shall end.
      assert.ok(answered < 3 * before, `${answered} were answered, of ${before} at its end`);
      client.socket.end();
      assert.equal(await closed, true);
    } finally {
      clearInterval(asking);
    }
  });

  for (const protocol of ['http', 'frames'] as const) {
    it(`leaves a client the long answer that it reads, when the server ends and it asks again: ${protocol}`, async () => {
      const server = await startServer({ mode, set, protocol });
      const client = connect({ port: server.port, host: '127.0.0.1' });
      const ask = (target: string): Promise<unknown> =>
        new Promise((resolve) =>
          client.write(protocol === 'http' ? get(target) : encodeFrame({ id: 1, target }), resolve),
        );
      await ask(`/bytes/${keptByKernel}`);
      await eventually('it is sent', async () => (await server.stats()).bytes.sent >= keptByKernel);
      const closed = server.close();
      // If the server closes the connection, then now.
      await setTimeout(50);
      await ask('/json');
      let bytes = 0;
      for await (const chunk of client as AsyncIterable<Buffer>) bytes += chunk.length;
      assert.ok(bytes > keptByKernel, `${bytes} bytes have come`);
      assert.equal(await closed, true);
    });
  }

  it('comes in time for a client that sends nothing but empty lines', async () => {
    await using server = await startServer({ mode, set: [...set, 'idleTimeout=300ms', 'headerTimeout=300ms'] });
    using client = await RawConnection.open(server.port);
    const lines = setInterval(() => client.socket.write('\r\n'), 50);
    try {
      // Nobody has asked yet, or, to Node's parser, has begun to.
      assert.match((await client.end()).toString('latin1'), /^$|^HTTP\/1\.1 408 /);
    } finally {
      clearInterval(lines);
    }
  });

  it('comes after each answer has left when it was ready, before the slow one behind it', async () => {
    const server = await startServer({ mode, set, graceMs: 1 });
    using client = await RawConnection.open(server.port);
    // A blocking thread sleeps to the end, whatever becomes of its connection.
    await client.send(get('/1') + get(`/work?io=${architecture.family === 'blocking' ? 1000 : 60_000}`));
    assert.equal((await client.response()).status, 200);
    await server.close();
    assert.equal((await client.end()).length, 0, 'the slow one was cut');
  });
}

/** A client that is one too many, stays after its refusal, and takes no place. */
function examineRefusals(architecture: Architecture): void {
  it('of a refused client frees no place, and needs none', async () => {
    await using server = await startServer({
      mode: architecture.id,
      set: [...keepAlive(architecture), ...workers(architecture, 1), 'maxConnections=1'],
    });
    {
      using first = await RawConnection.open(server.port);
      await first.send(get('/1'));
      assert.equal((await first.response()).status, 200);
      using refused = await RawConnection.open(server.port);
      assert.equal((await refused.response()).status, 503);
      assert.equal((await server.stats()).connections.open, 1);
    }
    await eventually('both are gone', async () => (await server.stats()).connections.open === 0);
    using next = await RawConnection.open(server.port);
    await next.send(get('/1'));
    assert.equal((await next.response()).status, 200);
  });
}

/** Where one thread serves one connection after another, there is never one too many. */
const neverRefuse = new Set(['single', 'shared-queue', 'reuseport']);

describe('the end of a connection', { concurrency: 4 }, () => {
  for (const architecture of everyArchitecture) {
    const skip = skipReason(architecture);
    describe(architecture.id, { skip }, () => {
      examine(architecture);
      if (!neverRefuse.has(architecture.id)) examineRefusals(architecture);
    });
  }
});

describe('the end of a connection that is for one request', { concurrency: 4 }, () => {
  for (const architecture of everyArchitecture.filter(({ settings }) => 'keepAlive' in settings)) {
    it(`is no reset for a client that sends on: ${architecture.id}`, async () => {
      await using server = await startServer({ mode: architecture.id, set: workers(architecture, 1) });
      assert.ok((await readLate(server.port)) > longAnswer);
    });
  }
});
