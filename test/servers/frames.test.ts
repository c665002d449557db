import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { encodeFrame } from '../../src/net/frames/encode-frame.js';
import { FrameDecoder } from '../../src/net/frames/frame-decoder.js';
import type { FrameReply } from '../../src/net/frames/messages.js';
import type { Architecture } from '../../src/servers/architecture.js';
import type { Server } from '../../src/servers/host.js';
import { askUntilHeard } from '../support/ask-until-heard.js';
import { everyArchitecture, skipReason, workers } from '../support/architectures.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { moduleWith } from '../support/module-with.js';

/** Architectures that do one thing at a time on a connection. */
const inOrder = new Set(['blocking']);

class FrameConnection {
  readonly socket: Socket;
  readonly #decoder = new FrameDecoder(64 * 1024 * 1024);
  #ended = false;
  #wake: () => void = () => undefined;

  static async open(port: number): Promise<FrameConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    return new FrameConnection(socket);
  }

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#decoder.feed(chunk);
      this.#wake();
    });
    for (const event of ['end', 'close', 'error'])
      socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
  }

  send(message: unknown): void {
    this.socket.write(encodeFrame(message));
  }

  /** The next reply; `undefined` when the server has closed. */
  async reply(): Promise<FrameReply | undefined> {
    for (;;) {
      const frame = this.#decoder.next();
      if (frame !== undefined) return frame.message as FrameReply;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

function frameOf(text: string): Uint8Array {
  const frame = Buffer.from(`\0\0\0\0${text}`);
  frame.writeUInt32BE(frame.length - 4);
  return frame;
}

function start(architecture: Architecture, ...set: string[]): Promise<Server> {
  return startServer({ mode: architecture.id, protocol: 'frames', set: [...workers(architecture, 1), ...set] });
}

/** `/long` waits a little and answers more than the kernel keeps for a peer; `/made` waits longer, and says how many it made. */
const longAnswers = moduleWith(
  'long-answers',
  `export default () => {
     const body = 'x'.repeat(16e6);
     let made = 0;
     return {
       *handle({ path }) {
         yield { kind: 'sleep', ms: path === '/long' ? 10 : 50 };
         if (path === '/made') return { status: 200, headers: { 'Content-Type': 'application/json' }, body: String(made) };
         made += 1;
         return { status: 200, body };
       },
     };
   };`,
);

function examine(architecture: Architecture): void {
  it('answers the workload, each reply with the id of its request', async () => {
    await using server = await start(architecture);
    using connection = await FrameConnection.open(server.port);
    const rows: [request: object, reply: object][] = [
      [{ target: '/json' }, { status: 200, body: { message: 'Hello, World!' } }],
      [{ target: '/plaintext' }, { status: 200, body: 'Hello, World!' }],
      [{ target: '/bytes/3' }, { status: 200, body: 'eHh4', encoding: 'base64' }],
      [
        { target: '/echo', body: { a: [1, 'ü', null] } },
        { status: 200, body: { a: [1, 'ü', null] } },
      ],
      [
        { target: '/echo', method: 'POST', body: 'text' },
        { status: 200, body: 'text' },
      ],
      [{ target: '/nowhere' }, { status: 404, body: 'not found\n' }],
      [
        { target: '/json', method: 'DELETE' },
        { status: 405, body: 'method not allowed\n' },
      ],
      [{ target: '/json', method: 'HEAD' }, { status: 200 }],
      [{ target: '/status/204' }, { status: 204 }],
      [{ target: '/status/304' }, { status: 304 }],
    ];
    for (const [i, [request, reply]] of rows.entries()) {
      connection.send({ id: i, ...request });
      assert.deepEqual(await connection.reply(), { id: i, ...reply });
    }
  });

  it('answers many at once, a quick one before a slow one where it can', async () => {
    await using server = await start(architecture);
    using connection = await FrameConnection.open(server.port);
    // Slow enough for the others to be done on any machine; where it holds them up, it need not be.
    connection.send({ id: 0, target: inOrder.has(architecture.family) ? '/50' : '/1000' });
    for (let id = 1; id < 300; id++) connection.send({ id, target: `/work?bytes=${id}` });
    const ids: (number | null | undefined)[] = [];
    for (let i = 0; i < 300; i++) ids.push((await connection.reply())?.id);
    assert.equal(ids[inOrder.has(architecture.family) ? 0 : 299], 0);
    assert.deepEqual(
      ids.toSorted((a, b) => Number(a) - Number(b)),
      Array.from({ length: 300 }, (_, id) => id),
    );
  });

  it('takes frames split at every byte, and answers a half-closed peer to the end', async () => {
    await using server = await start(architecture);
    using connection = await FrameConnection.open(server.port);
    const frame = encodeFrame({ id: 7, target: '/30' });
    for (let at = 1; at < frame.length; at++) {
      connection.socket.write(frame.subarray(0, at));
      await nextTurn();
      connection.socket.write(frame.subarray(at));
    }
    connection.socket.end();
    for (let at = 1; at < frame.length; at++) assert.equal((await connection.reply())?.id, 7);
    assert.equal(await connection.reply(), undefined);
  });

  it('says what is wrong, and ends the connection', async () => {
    await using server = await start(architecture, 'maxBodyBytes=1024', 'maxHeaderBytes=1024');
    const long = Buffer.alloc(8);
    long.writeUInt32BE(0xff_ff_ff_ff);
    const garbage = Buffer.from('\0\0\0\x03{"a');
    const rows: [bytes: Uint8Array, message: RegExp][] = [
      [long, /a frame of 4294967295 bytes exceeds 2048"/],
      [Buffer.from('GET / HTTP/1.1\r\n\r\n'), /: it begins with 'GET ', is that HTTP\?/],
      [garbage, /a frame is not JSON/],
      [Buffer.from('\0\0\0\x03"\xff"', 'latin1'), /a frame is not UTF-8/],
      [frameOf(`${'['.repeat(501)}${']'.repeat(501)}`), /a frame nests deeper than 500/],
      [encodeFrame([1]), /a request must be an object/],
      [encodeFrame({ target: '/json' }), /a request needs an id/],
      [encodeFrame({ id: 1, target: '/json' }).subarray(0, 9), /the stream ended inside a frame/],
    ];
    for (const [bytes, message] of rows) {
      using connection = await FrameConnection.open(server.port);
      connection.socket.end(bytes);
      const reply = await connection.reply();
      assert.equal(reply?.id, null);
      assert.match(JSON.stringify(reply?.body), message);
      assert.equal(await connection.reply(), undefined);
    }
    assert.equal((await server.stats()).connections.rejected, rows.length);
  });

  it('answers what came before the bytes that end the connection, and first', async () => {
    await using server = await start(architecture);
    // Many times: the first answers take long to make, and such leave at once.
    for (const ids of Array.from({ length: 12 }, (_, n) => [1, 2, 3].slice(0, 1 + (n % 3)))) {
      using connection = await FrameConnection.open(server.port);
      const good = ids.map((id) => encodeFrame({ id, target: '/json' }));
      connection.socket.write(Buffer.concat([...good, frameOf('{')]));
      const answered: (number | null)[] = [];
      for (let reply; (reply = await connection.reply()) !== undefined;) answered.push(reply.id);
      assert.deepEqual(answered, [...ids, null]);
    }
  });

  it('answers a request that is wrong and has an id, and goes on', async () => {
    await using server = await start(architecture);
    using connection = await FrameConnection.open(server.port);
    const rows: [request: object, message: RegExp][] = [
      [{}, /a request needs a target/],
      [{ target: 'json' }, /a request needs a target/],
      [{ target: '/a b' }, /a request needs a target/],
      [{ target: 5 }, /a request needs a target/],
      [{ target: '/json', method: null }, /the method of a request/],
      [{ target: '/json', method: 'GET /' }, /the method of a request/],
    ];
    for (const [id, [request]] of rows.entries()) connection.send({ id, ...request });
    connection.send({ id: rows.length, target: '/json' });
    for (const [id, [, message]] of rows.entries()) {
      const reply = await connection.reply();
      assert.deepEqual([reply?.id, reply?.status], [id, 400]);
      assert.match(JSON.stringify(reply?.body), message);
    }
    assert.deepEqual(await connection.reply(), { id: rows.length, status: 200, body: { message: 'Hello, World!' } });
    const { requests, connections } = await server.stats();
    assert.deepEqual([requests, connections.rejected], [rows.length + 1, 0]);
  });

  it('gives a frame one time limit, however many bytes come meanwhile', async () => {
    await using server = await start(architecture, 'bodyTimeout=400ms', 'idleTimeout=60s');
    // A byte that is written just when the server has closed makes Node forget the reply that it has not read yet.
    const reply = await eventually('a reply', () => replyToDripping(server.port));
    assert.match(JSON.stringify(reply.body), /a frame took too long to arrive/);
  });

  it('answers what is in work when it closes', async () => {
    const server = await start(architecture);
    using connection = await FrameConnection.open(server.port);
    const requests = [0, 1, 2].map((id) => ({ id, target: '/50' }));
    for (const request of requests) connection.send(request);
    const bytes = requests.reduce((sum, request) => sum + encodeFrame(request).length, 0);
    await eventually('all have arrived', async () => (await server.stats()).bytes.received === bytes);
    const closing = server.close();
    const ids = new Set<unknown>();
    for (let reply; (reply = await connection.reply()) !== undefined;) ids.add(reply.id);
    connection.socket.end();
    assert.deepEqual(ids, new Set([0, 1, 2]));
    assert.equal(await closing, true);
  });

  it('closes soon for a client that always has requests under way, each of which was answered or not begun', async () => {
    const server = await start(architecture);
    using connection = await FrameConnection.open(server.port);
    let id = 0;
    for (; id < 8; id++) connection.send({ id, target: `/${2 + id}` });
    const answered: unknown[] = [];
    let closing: Promise<boolean> | undefined;
    for (let reply; (reply = await connection.reply()) !== undefined; id++) {
      answered.push(reply.id);
      connection.send({ id, target: '/10' });
      if (answered.length === 20) closing = server.close();
    }
    connection.socket.end();
    assert.equal(await closing, true);
    assert.equal(new Set(answered).size, answered.length);
    // Of processes that have ended nobody knows any more.
    if (architecture.family !== 'processes') assert.equal((await server.stats()).requests, answered.length);
  });
}

/** What is replied to a frame of which a byte comes now and then, for longer than any frame may take. */
async function replyToDripping(port: number): Promise<FrameReply | undefined> {
  using connection = await FrameConnection.open(port);
  const frame = encodeFrame({ id: 1, target: '/json', body: 'x'.repeat(1000) });
  let sent = 0;
  const dripping = setInterval(() => {
    connection.socket.write(frame.subarray(sent, sent + 1));
    sent += 1;
  }, 50);
  const reply = await connection.reply();
  clearInterval(dripping);
  assert.ok(sent < frame.length);
  return reply;
}

/** Where one request is done after the other, no answer waits for another one to leave. */
function examineHeldAnswers(architecture: Architecture): void {
  it('makes no more long answers than the peer reads', async () => {
    await using server = await startServer({
      mode: architecture.id,
      protocol: 'frames',
      app: longAnswers,
      set: workers(architecture, 1),
    });
    using asking = await FrameConnection.open(server.port);
    using other = await FrameConnection.open(server.port);
    const ids = [0, 1, 2, 3];
    asking.socket.pause();
    // At once: when an answer waits for its reader, nothing more is read.
    asking.socket.write(Buffer.concat(ids.map((id) => encodeFrame({ id, target: '/long' }))));
    await eventually('all are in work', async () => (await server.stats()).requests === ids.length);
    other.send({ id: 0, target: '/made' });
    assert.equal((await other.reply())?.body, 1);
    asking.socket.resume();
    for (const _ of ids) assert.equal((await asking.reply())?.status, 200);
  });

  it('lets no quick request wait for what those before it compute', async () => {
    await using server = await start(architecture);
    using connection = await FrameConnection.open(server.port);
    const computing = [0, 1, 2, 3, 4, 5, 6, 7];
    const requests = [...computing.map((id) => ({ id, target: '/cpu/5000' })), { id: 8, target: '/json' }];
    connection.socket.write(Buffer.concat(requests.map(encodeFrame)));
    const order: unknown[] = [];
    for (const _ of requests) order.push((await connection.reply())?.id);
    assert.ok(order.indexOf(8) < 4, order.join());
  });

  it('cuts a peer that lets its requests wait for room', async () => {
    await using server = await startServer({
      mode: architecture.id,
      protocol: 'frames',
      app: longAnswers,
      set: [...workers(architecture, 1), 'idleTimeout=200ms'],
    });
    const requests = [0, 1, 2].map((id) => encodeFrame({ id, target: '/long' }));
    const { client } = await askUntilHeard(server, Buffer.concat(requests));
    await eventually('it is gone', async () => (await server.stats()).connections.open === 0);
    client.destroy();
  });
}

const typed = moduleWith(
  'typed',
  `const types = ['application/json', 'Application/JSON; charset=utf-8', 'application/jsonl', 'TEXT/plain'];
   export default () => ({
     handle: ({ path }) => ({ status: 200, headers: { 'Content-Type': types[path.slice(1)] }, body: '[1]' }),
   });`,
);

describe('the body of a reply', () => {
  it('is JSON, text or base64 as its media type says', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames', app: typed });
    using connection = await FrameConnection.open(server.port);
    const bodies: unknown[] = [];
    for (const id of [0, 1, 2, 3]) {
      connection.send({ id, target: `/${id}` });
      bodies.push((await connection.reply())?.body);
    }
    assert.deepEqual(bodies, [[1], [1], Buffer.from('[1]').toString('base64'), '[1]']);
  });
});

describe('frames', { concurrency: 6, timeout: 120_000 }, () => {
  for (const architecture of everyArchitecture)
    describe(architecture.id, { skip: skipReason(architecture), concurrency: 1 }, () => {
      examine(architecture);
      if (!inOrder.has(architecture.family)) examineHeldAnswers(architecture);
    });
});
