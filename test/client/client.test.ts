import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { Client, type Json, type Reply } from '../../src/client/client.js';
import { encodeFrame, FrameDecoder } from '../../src/net/frames/frame-decoder.js';
import type { FrameRequest } from '../../src/net/frames/messages.js';
import { startServer } from '../../src/servers/host.js';
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
  const decoder = new FrameDecoder(1e6);
  for await (const chunk of socket) {
    decoder.feed(chunk as Buffer);
    for (let frame; (frame = decoder.next()) !== undefined;) yield frame.message as FrameRequest;
  }
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
    await assert.rejects(strict.call('/json'), { code: 'protocol', message: 'a frame is not JSON' });

    await using refusing = await startServer({ mode: 'event-loop', protocol: 'frames' });
    await using wrong = new Client({ port: refusing.port });
    await assert.rejects(wrong.call('no-slash'), { code: 'protocol', message: /needs a target/ });

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
});
