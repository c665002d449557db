import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Client, type ClientOptions, type Json, type Reply } from '../../src/client/client.js';
import { encodeFrame } from '../../src/net/frames/encode-frame.js';
import { startServer } from '../support/cold-server.js';
import { scripted } from '../support/scripted-frames.js';

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

  it('says which of those that were sent has failed', async () => {
    await using silent = await scripted(async (_, requests) => {
      for await (const _request of requests);
    });
    await using client = new Client({ port: silent.port, timeoutMs: 50 });
    const ids = [await client.send('/json'), await client.send('/json')];
    const failed: unknown[] = [];
    for (const _ of ids)
      await client
        .responses()
        .next()
        .catch(({ id }: { id: unknown }) => failed.push(id));
    assert.deepEqual(failed, ids);
  });

  it('takes an option that is undefined for one that is not given', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames' });
    const none = { host: undefined, timeoutMs: undefined, maxInFlight: undefined } as unknown as ClientOptions;
    await using client = new Client({ ...none, port: server.port });
    assert.equal((await client.call('/json')).status, 200);
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
    const untyped = Client as unknown as new (options?: object) => Client;
    const noPort = { name: 'RangeError', message: 'port must be a whole number from 1 to 65535, found undefined' };
    assert.throws(() => new untyped(), noPort);
    assert.throws(() => new untyped({}), noPort);
    const noText = { port: 1, host: 127 } as unknown as ClientOptions;
    const misspelt = { port: 1, maxInflight: 3 };
    assert.throws(() => new Client(misspelt), {
      name: 'TypeError',
      message: "there is no option 'maxInflight', did you mean 'maxInFlight'?",
    });
    assert.throws(() => new Client(noText), { name: 'TypeError', message: 'host must be a text, found 127' });
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
      [{ id: 1, status: -7 }, /a reply needs a status, a whole number of three digits/],
      [{ status: 200 }, /a reply needs an id/],
      [{ id: 1, status: 200, encoding: 'base64', body: '!!' }, /no reply: its body is no base64/],
      [{ id: 1, status: 200, encoding: 'base64', body: 5 }, /its body is no base64/],
      [{ id: 1, status: 200, encoding: 'base64' }, /its body is no base64/],
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
        socket.write(encodeFrame({ id: null, status: 400, body: 'x'.repeat(1e6) }));
    });
    await using client = new Client({ port: server.port });
    const message = `the server ends the connection: ${'x'.repeat(200)}…`;
    await assert.rejects(client.call('/json'), { code: 'protocol', message });
  });

  it('is refused by a server that has too many connections: nobody has broken a rule', async () => {
    await using server = await startServer({ mode: 'event-loop', protocol: 'frames', set: ['maxConnections=1'] });
    await using first = new Client({ port: server.port });
    await first.call('/json');
    await using second = new Client({ port: server.port });
    const message = 'the server refuses the connection: too many connections';
    await assert.rejects(second.call('/json'), { code: 'refused', message });
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
