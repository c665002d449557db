import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Client, type ClientOptions, type Json, type Reply } from '../../src/client/client.js';
import { encodeFrame } from '../../src/net/frames/encode-frame.js';
import { FrameDecoder } from '../../src/net/frames/frame-decoder.js';
import type { FrameRequest } from '../../src/net/frames/messages.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';

/** A server that does with each connection what the test says. */
async function scripted(serve: (socket: Socket, requests: AsyncIterable<FrameRequest>) => Promise<void>) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    void serve(socket, requestsOf(socket)).catch(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

async function* requestsOf(socket: Socket): AsyncGenerator<FrameRequest> {
  const decoder = new FrameDecoder(64e6);
  for await (const chunk of socket) {
    decoder.feed(chunk as Buffer);
    for (let frame; (frame = decoder.next()) !== undefined;) yield frame.message as FrameRequest;
  }
}

/** A port that refuses connections. */
async function refusingPort(): Promise<number> {
  await using server = await scripted(async () => undefined);
  return server.port;
}

/** What a program prints that has a `client`, in a process of its own, which ends when nothing keeps it alive. */
async function printed(port: number, program: string): Promise<string> {
  const client = new URL('../../src/client/client.js', import.meta.url).href;
  const source = `import { Client } from '${client}'; const client = new Client({ port: ${port} }); ${program}`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--unhandled-rejections=strict', '--input-type=module', '--eval', source],
    { timeout: 20_000 },
  );
  return stdout;
}

/** More than a connection takes from a client whose server does not read. */
const large = 'x'.repeat(16e6);

/** A server of one connection, whose bytes nobody reads until the test does. */
async function unread() {
  let accept: (socket: Socket) => void;
  const accepted = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  return { accepted, ...(await scripted(async (socket) => accept(socket))) };
}

describe('the client of frames', { timeout: 30_000 }, () => {
  it('calls and waits, on one connection', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    await using client = new Client({ port: server.port });
    assert.deepEqual(await client.call('/json'), { id: 1, status: 200, body: { message: 'Hello, World!' } });
    assert.deepEqual((await client.call('/echo', { body: [1, { a: 'ü' }] })).body, [1, { a: 'ü' }]);
    assert.deepEqual((await client.call('/bytes/3')).body, Buffer.from('xxx'));
    const replies = await Promise.all(Array.from({ length: 1000 }, (_, i) => client.call(`/work?bytes=${i % 7}`)));
    assert.ok(replies.every(({ status }) => status === 200));
    assert.equal((await server.stats()).connections.accepted, 1);
  });

  it('sends many and gives the answers as they come', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    await using client = new Client({ port: server.port });
    const slow = await client.send('/200');
    const quick = await client.send('/0');
    const replies: Reply[] = [];
    for await (const reply of client.responses()) replies.push(reply);
    assert.deepEqual(
      replies.map(({ id }) => id),
      [quick, slow],
    );
  });

  it('sends no more while too many replies wait to be taken', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    await using client = new Client({ port: server.port, maxInFlight: 2 });
    await client.send('/json');
    await client.send('/json');
    let isSent = false;
    const third = client.send('/json').then(() => {
      isSent = true;
      return undefined;
    });
    const replies = client.responses();
    await client.call('/json');
    assert.equal(isSent, false);
    await replies.next();
    await third;
    await replies.next();
    await replies.next();
    assert.equal((await replies.next()).done, true);
  });

  it('fails what was under way when the connection is lost, and connects again for the next', async () => {
    let connections = 0;
    await using server = await scripted(async (socket, requests) => {
      connections += 1;
      for await (const { id } of requests) {
        if (connections === 1) socket.destroy();
        else socket.write(encodeFrame({ id, status: 200, body: 'again' }));
      }
    });
    await using client = new Client({ port: server.port });
    await assert.rejects(client.call('/json'), { name: 'ClientError', code: 'lost' });
    assert.equal((await client.call('/json')).body, 'again');
    assert.equal(connections, 2);
  });

  it('has no more requests under way than it may, however many call at once', async () => {
    let underWay = 0;
    let most = 0;
    await using server = await scripted(async (socket, requests) => {
      for await (const { id } of requests) {
        underWay += 1;
        most = Math.max(most, underWay);
        // Those that were sent with it arrive before this.
        setTimeout(() => {
          underWay -= 1;
          socket.write(encodeFrame({ id, status: 200 }));
        }, 5);
      }
    });
    await using client = new Client({ port: server.port, maxInFlight: 4 });
    await Promise.all(Array.from({ length: 40 }, () => client.call('/json')));
    assert.ok(most <= 4, `${most} at once`);
    const wrong = [
      [{ port: 1, maxInFlight: 0 }, 'maxInFlight must be a whole number from 1 on, found 0'],
      [{ port: 70_000 }, 'port must be a whole number from 1 to 65535, found 70000'],
      [{ port: 1, timeoutMs: Number.NaN }, 'timeoutMs must be above 0, found NaN'],
    ] as const;
    for (const [options, message] of wrong) assert.throws(() => new Client(options), { name: 'RangeError', message });
    const noText = { port: 1, host: 127 } as unknown as ClientOptions;
    assert.throws(() => new Client(noText), { name: 'TypeError', message: 'host must be a text, found 127' });
  });

  it('leaves no connection behind when one breaks the rules', async () => {
    const open = new Set<Socket>();
    let calls = 0;
    await using server = await scripted(async (socket, requests) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      for await (const { id } of requests) {
        calls += 1;
        socket.write(calls % 2 === 1 ? Buffer.from('\0\0\0\x02{{') : encodeFrame({ id, status: 200 }));
      }
    });
    const client = new Client({ port: server.port });
    for (let i = 0; i < 10; i++) {
      await assert.rejects(client.call('/json'), { code: 'protocol' });
      assert.equal((await client.call('/json')).status, 200);
    }
    await client.close();
    await eventually('all connections have ended', () => open.size === 0);
  });

  it('closes for those who wait, too', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const client = new Client({ port: server.port, maxInFlight: 1 });
    await client.send('/json');
    const waiting = client.send('/json');
    const rejected = assert.rejects(waiting, { code: 'closed' });
    await client.close();
    await rejected;
  });

  it('forgets a request that cannot be sent', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    await using client = new Client({ port: server.port, maxInFlight: 1 });
    const circular: Json[] = [];
    circular.push(circular);
    await assert.rejects(client.call('/echo', { body: circular }), TypeError);
    const task = (() => 1) as never;
    await assert.rejects(client.call('/echo', { body: task }), { message: 'a body must be JSON, found a function' });
    assert.equal((await client.call('/json')).status, 200);
  });

  it('says what is no reply', async () => {
    const rows: [reply: unknown, message: RegExp][] = [
      [[1], /a reply must be an object \{ id, status \}/],
      [null, /a reply must be an object/],
      [{ id: 1 }, /a reply needs a status/],
      [{ status: 200 }, /a reply needs an id/],
    ];
    for (const [reply, message] of rows) {
      await using server = await scripted(async (socket, requests) => {
        for await (const _request of requests) socket.write(encodeFrame(reply));
      });
      await using client = new Client({ port: server.port });
      await assert.rejects(client.call('/json'), { code: 'protocol', message });
    }
  });

  it('keeps no more of the last words of a server than a line', async () => {
    await using server = await scripted(async (socket, requests) => {
      for await (const _request of requests)
        socket.write(encodeFrame({ id: null, status: 503, body: 'x'.repeat(1e6) }));
    });
    await using client = new Client({ port: server.port });
    const message = `the server ends the connection: ${'x'.repeat(200)}…`;
    await assert.rejects(client.call('/json'), { code: 'protocol', message });
  });

  it('says what went wrong', async () => {
    await using silent = await scripted(async (_socket, requests) => {
      for await (const _request of requests);
    });
    await using patient = new Client({ port: silent.port, timeoutMs: 50 });
    await assert.rejects(patient.call('/json'), { code: 'timeout', message: 'no reply to /json within 50 ms' });

    await using garbage = await scripted(async (socket, requests) => {
      for await (const _request of requests) socket.write(Buffer.from('\0\0\0\x02{{'));
    });
    await using strict = new Client({ port: garbage.port });
    await assert.rejects(strict.call('/json'), {
      code: 'protocol',
      message: 'what the server sent is no reply: a frame is not JSON',
    });

    await using refusing = await startServer({ mode: 'event-loop', protocol: 'frames' });
    await using wrong = new Client({ port: refusing.port });
    let deep: Json = [];
    for (let i = 0; i < 500; i++) deep = [deep];
    let deeper: Json = [];
    for (let i = 0; i < 100_000; i++) deeper = [deeper];
    const good = wrong.call('/50');
    for (const [target, options, message] of [
      ['no-slash', {}, /a request needs a target/],
      ['/a b', {}, /a request needs a target/],
      ['/json', { method: 'GET it' }, /the method of a request must be a word/],
      ['/echo', { body: deep }, /a frame nests deeper than 500/],
      ['/echo', { body: deeper }, /a frame nests deeper than 500/],
    ] as const)
      await assert.rejects(wrong.call(target, options), { code: 'protocol', message });
    assert.equal((await good).status, 200, 'one that is wrong costs no other');
    const tooLong = { body: 'x'.repeat(2e6) };
    await assert.rejects(wrong.call('/echo', tooLong), {
      code: 'protocol',
      message: /^the server ends the connection: a frame of 20000\d\d bytes exceeds \d+$/,
    });

    await using web = await startServer({ mode: 'event-loop' });
    await using misled = new Client({ port: web.port });
    await assert.rejects(misled.call('/json'), { code: 'protocol', message: 'the server speaks HTTP, not frames' });

    const { port } = refusing;
    await refusing.close();
    await using nobody = new Client({ port, connectAttempts: 2 });
    await assert.rejects(nobody.call('/json'), {
      code: 'refused',
      message: `no connection to 127.0.0.1:${port}: ECONNREFUSED`,
    });

    const closed = new Client({ port });
    await closed.close();
    await assert.rejects(closed.call('/json'), { code: 'closed' });
  });

  it('connects again when the connection was lost a moment ago and nobody has been told', async () => {
    await using server = await scripted(async (socket, requests) => {
      for await (const { id } of requests) socket.write(encodeFrame({ id, status: 200 }));
    });
    const program = `
      import { subscribe } from 'node:diagnostics_channel';
      const sockets = [];
      subscribe('net.client.socket', ({ socket }) => sockets.push(socket));
      await client.call('/json');
      const waiting = client.call('/json').catch(({ code }) => code);
      sockets[0].destroy(); // Its 'close' comes later, as after a reset.
      const { status } = await client.call('/json');
      console.log(await waiting, status, sockets.length);`;
    assert.equal(await printed(server.port, program), 'lost 200 2\n');
  });

  it('lets the process end when nothing is under way, and not before', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    assert.equal(await printed(server.port, `console.log((await client.call('/50')).status);`), '200\n');
  });

  it('fails everybody with the same kind of error when the connection is lost while many wait to write', async () => {
    const warnings: string[] = [];
    const note = ({ message }: Error) => warnings.push(message);
    process.on('warning', note);
    await using server = await scripted(async (socket, requests) => {
      for await (const _request of requests) break;
      socket.resetAndDestroy();
    });
    await using client = new Client({ port: server.port });
    const calls = await Promise.allSettled([
      client.call('/json'),
      ...Array.from({ length: 20 }, () => client.call('/echo', { body: 'x'.repeat(1e6) })),
    ]);
    process.off('warning', note);
    assert.deepEqual(
      calls.map((call) => call.status === 'rejected' && String(call.reason)),
      calls.map(() => 'ClientError: the connection was lost'),
    );
    assert.deepEqual(warnings, []);
  });

  it('fails what is under way when the server ends the connection, though it reads no more', async () => {
    await using server = await unread();
    await using client = new Client({ port: server.port });
    const lost = assert.rejects(client.call('/echo', { body: large }), { code: 'lost' });
    (await server.accepted).end();
    await lost;
    (await server.accepted).destroy();
  });

  it('counts connecting in the time that a request has', async () => {
    await using client = new Client({ port: await refusingPort(), connectAttempts: 30, timeoutMs: 20 });
    const calls = [client.call('/json'), client.send('/json')];
    for (const call of calls) await assert.rejects(call, { code: 'timeout' });
    assert.equal((await client.responses().next()).done, true);
  });

  it('closes while it connects', async () => {
    const client = new Client({ port: await refusingPort(), connectAttempts: 30 });
    const rejected = assert.rejects(client.call('/json'), { code: 'closed' });
    await client.close();
    await rejected;

    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const other = new Client({ port: server.port });
    const alsoRejected = assert.rejects(other.call('/json'), { code: 'closed' });
    await Promise.all([other.close(), other.close()]);
    await alsoRejected;
  });

  it('closes while the server does not read', async () => {
    await using server = await unread();
    const client = new Client({ port: server.port });
    const calls = [client.call('/echo', { body: large }), client.call('/echo', { body: large })];
    const rejected = calls.map((call) => assert.rejects(call, { code: 'closed' }));
    await server.accepted;
    await client.close();
    await Promise.all(rejected);
    (await server.accepted).destroy();
  });

  it('does not send what was given up while the server did not read', async () => {
    await using server = await unread();
    await using client = new Client({ port: server.port, timeoutMs: 200 });
    await client.send('/first', { body: large });
    const calls = [client.call('/second'), client.call('/third')];
    for (const call of [client.responses().next(), ...calls]) await assert.rejects(call, { code: 'timeout' });
    let later: Promise<Reply> | undefined;
    const received: string[] = [];
    const socket = await server.accepted;
    for await (const { id, target } of requestsOf(socket)) {
      received.push(target);
      later ??= client.call('/later');
      if (target !== '/later') continue;
      socket.write(encodeFrame({ id, status: 200 }));
      await Promise.allSettled([later]);
      break;
    }
    assert.deepEqual(received, ['/first', '/later']);
  });

  it('gives each reply to one of those who iterate, and all of them end', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    await using client = new Client({ port: server.port });
    const sent: number[] = [];
    for (let i = 0; i < 20; i++) sent.push(await client.send(`/${i}`));
    const taken: number[] = [];
    const take = async () => {
      for await (const { id } of client.responses()) taken.push(id);
    };
    await Promise.all([take(), take(), take()]);
    assert.deepEqual(
      taken.toSorted((a, b) => a - b),
      sent,
    );
  });

  it('takes no harm from replies to nobody', async () => {
    await using server = await scripted(async (socket, requests) => {
      for await (const { id } of requests) {
        for (const to of [999, -1, id, id, id - 1])
          socket.write(encodeFrame({ id: to, status: 200, body: `to ${to}` }));
      }
    });
    await using client = new Client({ port: server.port, maxInFlight: 1 });
    for (let id = 1; id <= 5; id++) assert.deepEqual(await client.call('/json'), { id, status: 200, body: `to ${id}` });
  });

  it('lets those in who wait in the order they came', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    await using client = new Client({ port: server.port, maxInFlight: 1 });
    const order: number[] = [];
    const call = async () => order.push((await client.call('/json')).id);
    await Promise.all(Array.from({ length: 100 }, call));
    assert.deepEqual(
      order,
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
  });
});
