import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { ScriptedServer, type Script } from '../../support/scripted-server.js';
import {
  answer,
  answered,
  bodyOf,
  describeTransports,
  failed,
  hello,
  openTransport,
  originOf,
  outgoing,
  withServer,
} from '../../support/transports.js';

await describeTransports('its connections', (kind) => {
  it('has as many connections as requests at once, and reuses them', async () => {
    const waiting: (() => void)[] = [];
    const script: Script = (socket) => {
      waiting.push(() => socket.write(hello));
      if (waiting.length === 100) for (const respond of waiting.splice(0)) respond();
    };
    await withServer(kind, script, async (ask, server, transport) => {
      for (let round = 0; round < 3; round += 1) {
        const all = await Promise.all(Array.from({ length: 100 }, () => ask()));
        assert.ok(all.every((incoming) => answered(incoming).status === 200));
      }
      assert.equal(server.connections, 100);
      assert.deepEqual(transport.counters(), { connectionsOpened: 100, retries: 0 });
    });
  });

  it('has no more connections than it may, and lets the others wait', async () => {
    await using server = await ScriptedServer.start(answer(hello));
    await using transport = await openTransport(kind, { maxConnections: 3 });
    const prepared = transport.prepare(outgoing(originOf(server.port)));
    const all = await Promise.all(Array.from({ length: 50 }, () => transport.send(prepared)));
    assert.ok(all.every((incoming) => bodyOf(incoming) === 'hello'));
    assert.equal(server.connections, 3);
  });

  it("gives a closed connection's place to who waits for it", async () => {
    await using server = await ScriptedServer.start(
      (socket) => void socket.end(hello.replace('OK', 'OK\r\nConnection: close')),
    );
    await using transport = await openTransport(kind, { maxConnections: 2 });
    const prepared = transport.prepare(outgoing(originOf(server.port)));
    const all = await Promise.all(Array.from({ length: 10 }, () => transport.send(prepared)));
    assert.ok(all.every((incoming) => bodyOf(incoming) === 'hello'));
    assert.equal(server.connections, 10);
  });

  it('does not use a connection again that the server has closed meanwhile', async () => {
    const closed: Promise<unknown>[] = [];
    const script: Script = (socket) => {
      closed.push(once(socket, 'finish'));
      socket.end(hello);
    };
    await withServer(kind, script, async (ask, server) => {
      for (let round = 0; round < 3; round += 1) {
        assert.equal(bodyOf(await ask()), 'hello');
        await Promise.all(closed);
      }
      assert.equal(server.connections, 3);
    });
  });

  it('settles what is in flight when it is disposed of', async () => {
    await withServer(
      kind,
      () => undefined,
      async (ask, server, transport) => {
        const pending = [ask(), ask()];
        while (server.connections < 2) await new Promise(setImmediate);
        await transport[Symbol.asyncDispose]();
        await transport[Symbol.asyncDispose]();
        for (const incoming of await Promise.all(pending)) assert.equal(failed(incoming).class, 'aborted');
        await server.abandoned();
      },
    );
  });
});
