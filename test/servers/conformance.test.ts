import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import type { Architecture } from '../../src/servers/architecture.js';
import type { Server } from '../../src/servers/host.js';
import { unsupportedReason } from '../../src/net/sys/platform.js';
import { everyArchitecture, fewThreads, keepAlive, skipReason, workers } from '../support/architectures.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { queueUp } from '../support/queue-up.js';
import { fetchOnce, get, RawConnection } from '../support/raw-connection.js';

// One exam for every architecture in the folder. What is particular to one stands in signatures/.

const helloJson = '{"message":"Hello, World!"}';

/** Starts it so that connections stay open, where it has to be asked for that. */
function keepingAlive(architecture: Architecture): string[] {
  return [...keepAlive(architecture), ...fewThreads(architecture)];
}

/** Connects again and again until nobody listens; a server that is closing may still take some, or reset them. */
async function untilRefused(port: number): Promise<void> {
  await eventually('connections are refused', async () => {
    try {
      (await RawConnection.open(port)).socket.destroy();
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
    }
  });
}

function examine(architecture: Architecture): void {
  const mode = architecture.id;

  describe('requests', { concurrency: 1 }, () => {
    let server: Server;
    before(async () => {
      server = await startServer({ mode, set: [...keepingAlive(architecture), 'maxBodyBytes=300000'] });
    });
    after(() => server.close());

    it('has counted nothing when it is ready', async () => {
      const { requests, connections, bytes, cpuTasks } = await server.stats();
      assert.deepEqual(connections, { accepted: 0, open: 0, rejected: 0 });
      assert.deepEqual({ requests, bytes }, { requests: 0, bytes: { received: 0, sent: 0 } });
      assert.equal(cpuTasks.peak, 0);
    });

    it('counts', async () => {
      const asked = await server.stats();
      await fetchOnce(server.port, '/json');
      await fetchOnce(server.port, '/cpu/10');
      const response = await fetchOnce(server.port, '/stats');
      const told = JSON.parse(response.body.toString()) as Awaited<ReturnType<Server['stats']>>;
      assert.deepEqual([told.architecture, told.protocol], [mode, 'http']);
      assert.equal(told.requests - asked.requests, 3);
      assert.equal(told.connections.accepted - asked.connections.accepted, 3);
      assert.ok(told.cpuTasks.peak >= 1);
      assert.equal(
        told.perThread.reduce((sum, count) => sum + count, 0),
        told.connections.accepted,
      );
      await eventually('all connections are closed', async () => (await server.stats()).connections.open === 0);
    });

    it('answers every route', async () => {
      const rows: [path: string, status: number, body: RegExp][] = [
        ['/json', 200, /^\{"message":"Hello, World!"\}$/],
        ['/plaintext', 200, /^Hello, World!$/],
        ['/0', 200, /^<!doctype html>[^]*<\/html>\n$/],
        ['/3', 200, /^<!doctype html>/],
        ['/60001', 400, /from 0 to 60000/],
        ['/cpu/5', 200, /^3132015713\n$/],
        ['/cpu/x', 400, /whole number/],
        ['/work?io=1&cpu=2&bytes=10', 200, /^x{10}$/],
        ['/work?io=x', 400, /whole numbers/],
        ['/bytes/3', 200, /^xxx$/],
        ['/bytes/999999999', 400, /from 0 to/],
        ['/status/418', 418, /^418\n$/],
        ['/status/99', 400, /from 200 to 599/],
        ['/status/205', 205, /^$/],
        ['/nowhere', 404, /not found/],
        ['/json/x', 404, /not found/],
        ['/stats/', 404, /not found/],
        ['/', 404, /not found/],
      ];
      for (const [path, status, body] of rows) {
        const response = await fetchOnce(server.port, path);
        assert.equal(response.status, status, path);
        assert.match(response.body.toString(), body, path);
      }
    });

    it('keeps a connection open, and closes it when asked to', async () => {
      using connection = await RawConnection.open(server.port);
      for (let i = 0; i < 3; i++) {
        await connection.send(get('/json'));
        const response = await connection.response();
        assert.equal(response.body.toString(), helloJson);
        assert.notEqual(response.headers.get('connection'), 'close');
      }
      await connection.send(get('/json', 'Connection: close'));
      assert.equal((await connection.response()).headers.get('connection'), 'close');
      assert.equal((await connection.end()).length, 0);
    });

    it('closes after HTTP/1.0, unless asked to keep the connection', async () => {
      using connection = await RawConnection.open(server.port);
      await connection.send('GET /json HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
      assert.equal((await connection.response()).headers.get('connection'), 'keep-alive');
      await connection.send('GET /json HTTP/1.0\r\n\r\n');
      assert.equal((await connection.response()).body.toString(), helloJson);
      assert.equal((await connection.end()).length, 0);
    });

    it('answers a client that sends no more', async () => {
      for (const path of ['/json', '/20']) {
        using connection = await RawConnection.open(server.port);
        connection.socket.end(get(path));
        assert.equal((await connection.response()).status, 200, path);
        assert.equal((await connection.end()).length, 0);
      }
    });

    it('takes a target in absolute form', async () => {
      using connection = await RawConnection.open(server.port);
      await connection.send(get('http://test/bytes/2?x'));
      assert.equal((await connection.response()).body.toString(), 'xx');
    });

    it('answers pipelined requests in order, slow ones among them', async () => {
      using connection = await RawConnection.open(server.port);
      const paths = ['/bytes/1', '/30', '/bytes/2', '/cpu/100', '/bytes/3', '/json'];
      await connection.send(paths.map((path) => get(path)).join(''));
      const bodies: string[] = [];
      for (const _ of paths) bodies.push((await connection.response()).body.toString());
      assert.deepEqual([bodies[0], bodies[2], bodies[4], bodies[5]], ['x', 'xx', 'xxx', helloJson]);
      assert.match(bodies[1] as string, /^<!doctype/);
    });

    it('answers a request split at every byte', async () => {
      const request = 'POST /echo HTTP/1.1\r\nHost: test\r\nContent-Type: text/x\r\nContent-Length: 7\r\n\r\nto echo';
      using connection = await RawConnection.open(server.port);
      for (let at = 1; at < request.length; at++) {
        await connection.send(request.slice(0, at));
        await nextTurn();
        await connection.send(request.slice(at));
        assert.equal((await connection.response()).body.toString(), 'to echo', `split at ${at}`);
      }
      for (const byte of request) {
        await connection.send(byte);
        await nextTurn();
      }
      assert.equal((await connection.response()).headers.get('content-type'), 'text/x');
    });

    it('takes and sends large bodies', async () => {
      using connection = await RawConnection.open(server.port);
      const body = Buffer.alloc(300_000, 'abcdefghijklmnopqrstuvwxyz');
      void connection.send(`POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: ${body.length}\r\n\r\n`);
      void connection.send(body);
      assert.ok((await connection.response()).body.equals(body));
      await connection.send(get('/bytes/8000000'));
      assert.equal((await connection.response()).body.length, 8_000_000);
    });

    it('answers HEAD like GET, without the body', async () => {
      using connection = await RawConnection.open(server.port);
      await connection.send(get('/json').replace('GET', 'HEAD'));
      const response = await connection.response(true);
      assert.equal(response.headers.get('content-length'), String(helloJson.length));
      await connection.send(get('/bytes/2'));
      assert.equal((await connection.response()).body.toString(), 'xx');
    });

    it('asks for a body that waits for 100 Continue', async () => {
      using connection = await RawConnection.open(server.port);
      await connection.send('POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n');
      assert.equal((await connection.response()).status, 100);
      await connection.send('body');
      assert.equal((await connection.response()).body.toString(), 'body');
    });

    it('answers what is wrong with the right status, and closes', async () => {
      const rows: [request: string, status: number][] = [
        ['nonsense\r\n\r\n', 400],
        ['GET /json HTTP/1.1\r\n\r\n', 400],
        ['GET /json HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n', 400],
        ['GET /json HTTP/2.0\r\nHost: a\r\n\r\n', 505],
        [get('/json', `X: ${'y'.repeat(17_000)}`), 431],
        ['GET /json HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400],
        ['POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 300001\r\n\r\n', 413],
        ['POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 300001\r\nExpect: 100-continue\r\n\r\n', 413],
        ['POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
      ];
      const asked = (await server.stats()).connections.rejected;
      for (const [request, status] of rows) {
        using connection = await RawConnection.open(server.port);
        await connection.send(request);
        const response = await connection.response();
        assert.equal(response.status, status, JSON.stringify(request.slice(0, 60)));
        assert.equal(response.headers.get('connection'), 'close');
        connection.socket.end();
        assert.equal((await connection.end()).length, 0);
      }
      assert.equal((await server.stats()).connections.rejected - asked, rows.length);
    });

    it('lets a client read why its body is refused while it is still sending it', async () => {
      using connection = await RawConnection.open(server.port);
      void connection.send('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n');
      void connection.send(Buffer.alloc(900_000));
      assert.equal((await connection.response()).status, 413);
    });

    it('knows which methods a route takes', async () => {
      const rows: [line: string, status: number, allow: string | undefined][] = [
        ['POST /json', 405, 'GET, HEAD'],
        ['GET /echo', 405, 'POST'],
        ['BREW /json', 501, undefined],
      ];
      for (const [line, status, allow] of rows) {
        using connection = await RawConnection.open(server.port);
        await connection.send(`${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        const response = await connection.response();
        assert.equal(response.status, status, line);
        assert.equal(response.headers.get('allow'), allow, line);
      }
    });

    it('goes on after peers that hang up in mid-request and in mid-response', async () => {
      for (const request of ['GET /js', 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab', get('/20')]) {
        for (const how of ['end', 'reset'] as const) {
          using connection = await RawConnection.open(server.port);
          await connection.send(request);
          if (how === 'reset') connection.reset();
        }
      }
      using greedy = await RawConnection.open(server.port);
      await greedy.send(get('/bytes/16000000'));
      greedy.reset();
      assert.equal((await fetchOnce(server.port, '/json')).status, 200);
    });
  });

  it('answers 50 connections at once', async () => {
    await using server = await startServer({ mode, set: fewThreads(architecture) });
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => (await fetchOnce(server.port, `/bytes/${i}`)).body.length),
    );
    assert.deepEqual(
      answers,
      Array.from({ length: 50 }, (_, i) => i),
    );
  });

  describe('limits', { concurrency: 1 }, () => {
    it('refuses a connection too many with 503, and serves again when there is room', async () => {
      // Each process of a cluster enforces its share.
      const threads = architecture.family === 'processes' ? workers(architecture, 1) : fewThreads(architecture);
      const set = [...keepAlive(architecture), ...threads, 'maxConnections=1'];
      await using server = await startServer({ mode, set });
      using first = await RawConnection.open(server.port);
      await first.send(get('/json'));
      assert.equal((await first.response()).status, 200);
      const others: RawConnection[] = [];
      const askAgain = async (): Promise<void> => {
        const other = await RawConnection.open(server.port);
        others.push(other);
        await other.send(get('/json', 'Connection: close'));
      };
      await askAgain();
      // One that serves a single connection at a time leaves the second in the accept queue instead.
      if (mode !== 'single') {
        await eventually('one is refused', async () => {
          if ((await server.stats()).connections.rejected > 0) return true;
          // The kernel may have dealt it to the queue of the thread that is busy: others come to the idle one.
          if (mode === 'reuseport') await askAgain();
          return false;
        });
        assert.equal((await Promise.race(others.map((other) => other.response()))).status, 503);
        if (mode !== 'reuseport') assert.equal((await server.stats()).connections.rejected, 1);
      }
      first.socket.destroy();
      if (mode === 'single') assert.equal((await others[0]?.response())?.status, 200);
      for (const other of others) other.socket.destroy();
      await eventually('there is room', async () => (await fetchOnce(server.port, '/json')).status === 200);
    });

    it('times out slow and idle clients', async () => {
      await using server = await startServer({
        mode,
        set: [...keepingAlive(architecture), 'idleTimeout=1500ms', 'headerTimeout=300ms', 'bodyTimeout=300ms'],
      });
      const started = performance.now();
      using idle = await RawConnection.open(server.port);
      using slowHead = await RawConnection.open(server.port);
      await slowHead.send('GET /js');
      using slowBody = await RawConnection.open(server.port);
      await slowBody.send('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab');
      assert.equal((await idle.end()).length, 0);
      assert.ok(performance.now() - started >= 1499);
      assert.equal((await slowHead.response()).status, 408);
      slowHead.socket.end();
      assert.equal((await slowBody.response()).status, 408);
    });
  });

  describe('close', { concurrency: 1 }, () => {
    it('answers requests in flight, and refuses new connections', async () => {
      const server = await startServer({ mode, set: fewThreads(architecture) });
      using busy = await RawConnection.open(server.port);
      await busy.send('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\nto ');
      await eventually('the request is being read', async () => (await server.stats()).bytes.received > 0);
      const closing = server.close();
      // Refused although a request is still in flight.
      await untilRefused(server.port);
      await busy.send('echo');
      const response = await busy.response();
      assert.equal(response.body.toString(), 'to echo');
      assert.equal(response.headers.get('connection'), 'close');
      assert.equal(await closing, true);
    });

    it('answers who was waiting in the accept queue', async () => {
      const server = await startServer({ mode, set: fewThreads(architecture) });
      const connections = await Promise.all(Array.from({ length: 8 }, () => RawConnection.open(server.port)));
      await Promise.all(connections.map((connection) => connection.send(get('/50'))));
      await eventually('the first request is being served', async () => (await server.stats()).requests >= 1);
      const closing = server.close();
      const statuses = await Promise.all(connections.map(async (connection) => (await connection.response()).status));
      assert.deepEqual(statuses, Array<number>(8).fill(200));
      assert.equal(await closing, true);
      for (const connection of connections) connection.socket.destroy();
    });

    it('cuts what is not finished when the grace time is over', async () => {
      const server = await startServer({ mode, graceMs: 100, abortMs: 30_000, set: fewThreads(architecture) });
      using endless = await RawConnection.open(server.port);
      await endless.send('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab');
      await eventually('the connection is served', async () => (await server.stats()).bytes.received > 0);
      assert.equal(await server.close(), true);
      await endless.end();
    });

    it('cuts also who was waiting in the accept queue', { skip: unsupportedReason() }, async () => {
      const server = await startServer({ mode, graceMs: 1, abortMs: 20_000, set: fewThreads(architecture) });
      const endless = 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab';
      using _waiting = queueUp(server.port, 100, Buffer.from(endless));
      assert.equal(await server.close(), true);
    });
  });
}

describe('every architecture', { concurrency: 4, timeout: 120_000 }, () => {
  for (const architecture of everyArchitecture)
    describe(architecture.id, { skip: skipReason(architecture), concurrency: 1 }, () => examine(architecture));
});
