import assert from 'node:assert/strict';
import { type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { Client, type ClientError, type Reply } from '../../src/client/client.js';
import { encodeFrame } from '../../src/net/frames/encode-frame.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { large, printed, refusingPort, requestsOf, scripted, unread } from '../support/scripted-frames.js';

describe('the connection of a client', { timeout: 30_000 }, () => {
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
    await assert.rejects(client.call('/json'), (error: ClientError) => {
      assert.deepEqual([error.name, error.code, error.id], ['ClientError', 'lost', 1]);
      assert.ok(!('cause' in error), 'it has none, and prints none');
      return true;
    });
    assert.equal((await client.call('/json')).body, 'again');
    assert.equal(connections, 2);
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
});
