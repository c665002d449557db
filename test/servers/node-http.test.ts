import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Server } from '../../src/servers/host.js';
import { defaultLimits } from '../../src/servers/limits.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { moduleWith } from '../support/module-with.js';
import { get, RawConnection } from '../support/raw-connection.js';

// What Node's http module does otherwise than our protocol, unless it is kept from it.

declare global {
  /** What `/wait` waits for: the application lives in this process. */
  var isGateOpen: boolean;
}

const mode = 'node-http';

/** For a machine that is busy: those that close here are waited for. */
const graceMs = 60_000;

const app = moduleWith(
  'gate',
  `export default () => ({
     *handle({ path }) {
       while (path === '/wait' && !globalThis.isGateOpen) yield { kind: 'sleep', ms: 1 };
       return { status: 200, body: path.startsWith('/bytes/') ? 'x'.repeat(path.slice(7)) : path };
     },
   });`,
);

const requestsReach = (server: Server, count: number): Promise<true> =>
  eventually(`${count} requests`, async () => (await server.stats()).requests === count);

const bytesSentReach = (server: Server, count: number): Promise<true> =>
  eventually(`${count} bytes are on their way`, async () => (await server.stats()).bytes.sent >= count);

/** What a server on libuv reads at once. */
const chunkBytes = 65_536;

const someTurns = 20;

/** Lets its loop turn: each answer to another client takes a turn at least, in which it reads what it wants to read. */
async function turns({ port }: Server): Promise<void> {
  using other = await RawConnection.open(port);
  for (let turn = 0; turn < someTurns; turn++) {
    await other.send(get('/'));
    await other.response();
  }
}

describe('node-http, like every architecture', { timeout: 60_000 }, () => {
  let server: Server;
  before(async () => {
    server = await startServer({ mode, app });
  });
  after(() => server.close());
  afterEach(() => {
    globalThis.isGateOpen = false;
  });

  /** What it counts meanwhile. */
  async function counted(act: () => Promise<void>): Promise<{ requests: number; rejected: number }> {
    const asked = await server.stats();
    await act();
    const { requests, connections } = await server.stats();
    return { requests: requests - asked.requests, rejected: connections.rejected - asked.connections.rejected };
  }

  it('answers all that has arrived before it closes, the last with Connection: close', async () => {
    const closing = await startServer({ mode, app, graceMs });
    using connection = await RawConnection.open(closing.port);
    await connection.send(get('/wait') + get('/second') + get('/third'));
    await requestsReach(closing, 3);
    const closed = closing.close();
    globalThis.isGateOpen = true;
    const answers = [await connection.response(), await connection.response(), await connection.response()];
    assert.deepEqual(
      answers.map(({ body, headers }) => [body.toString(), headers.get('connection')]),
      [
        ['/wait', 'keep-alive'],
        ['/second', 'keep-alive'],
        ['/third', 'close'],
      ],
    );
    connection.socket.end();
    await closed;
  });

  it('answers a request of which a part has arrived before it closes, with the request before it', async () => {
    const closing = await startServer({ mode, app, graceMs });
    using connection = await RawConnection.open(closing.port);
    const second = get('/second');
    await connection.send(get('/first') + second.slice(0, 9));
    assert.equal((await connection.response()).body.toString(), '/first');
    using idle = await RawConnection.open(closing.port);
    await idle.send(get('/'));
    assert.equal((await idle.response()).status, 200);
    const closed = closing.close();
    await idle.end();
    idle.socket.end();
    await connection.send(second.slice(9));
    assert.equal((await connection.response()).body.toString(), '/second');
    connection.socket.end();
    await closed;
  });

  it('warns of nothing while it answers many requests and closes', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', warned);
    const closing = await startServer({ mode, app, graceMs });
    using connection = await RawConnection.open(closing.port);
    await connection.send(`${get('/wait').repeat(20)}POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n`);
    await requestsReach(closing, 20);
    const closed = closing.close();
    globalThis.isGateOpen = true;
    for (let i = 0; i < 20; i++) assert.equal((await connection.response()).status, 200);
    await connection.send('x');
    assert.equal((await connection.response()).status, 200);
    connection.socket.end();
    await closed;
    process.off('warning', warned);
    assert.deepEqual(warnings, []);
  });

  it('sends an answer that is on its way when it closes', async () => {
    const closing = await startServer({ mode, app, graceMs });
    using connection = await RawConnection.open(closing.port);
    connection.socket.pause();
    const length = 10_000_000;
    await connection.send(get(`/bytes/${length}`));
    await bytesSentReach(closing, length);
    const closed = closing.close();
    connection.socket.resume();
    assert.equal((await connection.response()).body.length, length);
    connection.socket.end();
    await closed;
  });

  it('has 256 requests of a connection in work at once, and reads no more meanwhile', async () => {
    using connection = await RawConnection.open(server.port);
    const { bytes, requests } = await server.stats();
    const request = get('/wait');
    const count = 10 * Math.ceil(chunkBytes / request.length);
    void connection.send(request.repeat(count));
    await requestsReach(server, requests + 256);
    await turns(server);
    const now = await server.stats();
    assert.equal(now.requests - requests, 256 + someTurns);
    assert.ok(now.bytes.received - bytes.received < (count * request.length) / 2);
    globalThis.isGateOpen = true;
    for (let i = 0; i < count; i++) assert.equal((await connection.response()).status, 200);
  });

  it('begins no request while answers are unread', async () => {
    using connection = await RawConnection.open(server.port);
    connection.socket.pause();
    const { requests } = await server.stats();
    // More than the kernel keeps.
    const count = 100;
    await connection.send(get('/bytes/1000000').repeat(count));
    await eventually('it has begun', async () => (await server.stats()).requests > requests);
    await turns(server);
    assert.ok((await server.stats()).requests - requests - someTurns < count / 2);
    connection.socket.resume();
    for (let i = 0; i < count; i++) assert.equal((await connection.response()).body.length, 1_000_000);
  });

  it('answers what came before a mistake, then the mistake, and no more', async () => {
    const rows: [mistake: string, status: number][] = [
      ['nonsense\r\n\r\n', 400],
      ['GET / HTTP/1.1\r\n\r\n', 400],
      ['GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
      ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n', 413],
      ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n', 400],
      ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ];
    for (const [mistake, status] of rows) {
      globalThis.isGateOpen = false;
      using connection = await RawConnection.open(server.port);
      const { requests, bytes } = await server.stats();
      await connection.send(get('/wait'));
      await requestsReach(server, requests + 1);
      const late = mistake + get('/never');
      await connection.send(late);
      const arrived = bytes.received + get('/wait').length + late.length;
      await eventually('it has arrived', async () => (await server.stats()).bytes.received === arrived);
      globalThis.isGateOpen = true;
      assert.equal((await connection.response()).body.toString(), '/wait', mistake);
      const refusal = await connection.response();
      assert.equal(refusal.status, status, mistake);
      assert.equal(refusal.headers.get('connection'), 'close', mistake);
      connection.socket.end();
      assert.equal((await connection.end()).length, 0, mistake);
    }
  });

  it('answers a mistake in a body that has to wait', async () => {
    using connection = await RawConnection.open(server.port);
    const { requests } = await server.stats();
    const count = 300;
    const mistake = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n';
    await connection.send(get('/wait').repeat(count) + mistake);
    await requestsReach(server, requests + 256);
    globalThis.isGateOpen = true;
    for (let i = 0; i < count; i++) assert.equal((await connection.response()).status, 200);
    assert.equal((await connection.response()).status, 400);
  });

  it('answers what came before a peer hangs up in the middle of a head', async () => {
    using connection = await RawConnection.open(server.port);
    const { requests } = await server.stats();
    connection.socket.end(`${get('/wait')}GET /ha`);
    await requestsReach(server, requests + 1);
    globalThis.isGateOpen = true;
    assert.equal((await connection.response()).status, 200);
    assert.equal((await connection.end()).length, 0);
  });

  it('answers what came before half a head, whose time runs from then', async () => {
    await using quick = await startServer({ mode, app, set: ['headerTimeout=50ms'] });
    using connection = await RawConnection.open(quick.port);
    await connection.send(`${get('/wait')}GET /ha`);
    await requestsReach(quick, 1);
    globalThis.isGateOpen = true;
    assert.equal((await connection.response()).status, 200);
    assert.equal((await connection.response()).status, 408);
  });

  it('waits for a body as long as bodyTimeout says, and no longer', async () => {
    await using quick = await startServer({ mode, set: ['bodyTimeout=50ms', 'headerTimeout=1h'] });
    using connection = await RawConnection.open(quick.port);
    await connection.send('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab');
    assert.equal((await connection.response()).status, 408);
  });

  it('lets a client that is still sending read its last answer', async () => {
    using connection = await RawConnection.open(server.port);
    let error: Error | undefined;
    connection.socket.on('error', (reset) => (error = reset));
    connection.socket.pause();
    const { bytes } = await server.stats();
    const length = 100_000;
    await connection.send(get(`/bytes/${length}`, 'Connection: close'));
    await bytesSentReach(server, bytes.sent + length);
    for (let i = 0; i < 3; i++) {
      await connection.send(get('/never'));
      await turns(server);
    }
    connection.socket.resume();
    assert.equal((await connection.response()).body.length, length);
    assert.equal(error, undefined);
    connection.socket.end();
    assert.equal((await connection.end()).length, 0);
  });

  it('says of mistakes what every architecture says, and counts them as rejected', async () => {
    const rows: [request: string, status: number][] = [
      ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
      ['POST / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n', 417],
      ['GET / HTTP/1.2\r\nHost: a\r\n\r\n', 505],
      ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
      ['GET /\r\n\r\n', 400],
      ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n', 501],
      ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 501],
      ['POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ];
    const counts = await counted(async () => {
      for (const [request, status] of rows) {
        using connection = await RawConnection.open(server.port);
        await connection.send(request);
        const response = await connection.response();
        assert.equal(response.status, status, request);
        assert.equal(response.headers.get('connection'), 'close', request);
        assert.notEqual(response.body.length, 0, request);
      }
    });
    assert.deepEqual(counts, { requests: 0, rejected: rows.length });
  });

  it('takes a head of maxHeaderBytes and no more, of however many lines', async () => {
    const { maxHeaderBytes } = defaultLimits();
    const lines = Array<string>(1000).fill('a: b');
    for (const [length, status] of [
      [maxHeaderBytes, 200],
      [maxHeaderBytes + 1, 431],
    ] as const) {
      using connection = await RawConnection.open(server.port);
      const padding = 'x'.repeat(length - get('/', ...lines, 'X: ').length);
      await connection.send(get('/', ...lines, `X: ${padding}`));
      assert.equal((await connection.response()).status, status);
    }
  });

  it('counts a request of a method that it does not know', async () => {
    const counts = await counted(async () => {
      using connection = await RawConnection.open(server.port);
      await connection.send(`${get('/')}BREW / HTTP/1.1\r\nHost: a\r\n\r\n`);
      assert.equal((await connection.response()).status, 200);
      assert.equal((await connection.response()).status, 501);
    });
    assert.deepEqual(counts, { requests: 2, rejected: 0 });
  });

  it('says to one connection too many when to come again, and does not count it as open', async () => {
    await using small = await startServer({ mode, set: ['maxConnections=1'] });
    using first = await RawConnection.open(small.port);
    await first.send(get('/json'));
    assert.equal((await first.response()).status, 200);
    using second = await RawConnection.open(small.port);
    const refusal = await second.response();
    assert.equal(refusal.status, 503);
    assert.equal(refusal.headers.get('retry-after'), '1');
    assert.deepEqual((await small.stats()).connections, { accepted: 1, open: 1, rejected: 1 });
  });
});

describe('node-http, with the built-in workload', { timeout: 60_000 }, () => {
  it('asks for a body where its turn has come, whatever is under way before and after it', async () => {
    await using server = await startServer({ mode });
    using client = await RawConnection.open(server.port);
    const post = 'POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab';
    await client.send(get('/work?io=20&bytes=1') + post + get('/status/201') + post);
    const statuses: number[] = [];
    const bodies: number[] = [];
    for (let i = 0; i < 6; i++) {
      const { status, body } = await client.response();
      statuses.push(status);
      bodies.push(body.length);
    }
    assert.deepEqual(statuses, [200, 100, 200, 201, 100, 200]);
    assert.deepEqual([bodies[0], bodies[2], bodies[5]], [1, 2, 2]);
  });

  it('answers nothing behind a request for an upgrade: Node has lost a part of it', async () => {
    await using server = await startServer({ mode });
    using client = await RawConnection.open(server.port);
    const upgrade = get('/json', 'Connection: Upgrade', 'Upgrade: h2c');
    await client.send(`${upgrade}POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n`);
    const { status, headers } = await client.response();
    assert.deepEqual([status, headers.get('connection')], [200, 'close']);
    await client.send(get('/status/418'));
    assert.equal((await client.end()).length, 0);
  });
});
