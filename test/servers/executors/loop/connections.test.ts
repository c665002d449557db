import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { send } from '../../../../src/servers/connection.js';
import type { Connection } from '../../../../src/servers/connection.js';
import { Counters } from '../../../../src/servers/counters.js';
import { LoopConnections } from '../../../../src/servers/executors/loop/connections.js';
import { defaultLimits } from '../../../../src/servers/limits.js';
import { Phase } from '../../../../src/servers/phase.js';
import { openService, type Service } from '../../../../src/servers/service.js';

const idleTimeout = 300;

/** A service whose connections live as `serve` says. */
async function serviceOf(serve: () => Connection): Promise<Service> {
  const limits = { ...defaultLimits(), idleTimeout };
  const counters = Counters.allocate().memory;
  const spec = {
    architecture: 'event-loop',
    settings: {},
    limits,
    rehearse: true,
    protocol: 'http',
    app: undefined,
    counters,
  };
  const service = await openService({ ...spec, phase: new Phase().memory }, 0, () => undefined);
  return { ...service, openConnection: serve };
}

describe('connections on the event loop', { timeout: 20_000 }, () => {
  let server: Server;
  before(async () => {
    server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  const sockets: Socket[] = [];
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  /** Both ends of a connection. */
  async function open(): Promise<{ near: Socket; far: Socket }> {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
    far.on('error', () => undefined);
    const [[near]] = await Promise.all([accepted, once(far, 'connect')]);
    sockets.push(near, far);
    return { near, far };
  }

  it('are cut after their time when all is said and little of it unread', async () => {
    const { near } = await open();
    const service = await serviceOf(function* serve(): Connection {
      // Until the kernel takes no more: what is left is less than makes Node ask anybody to wait.
      while (near.writableLength === 0) yield send(new Uint8Array(4096));
    });
    const started = performance.now();
    const connections = new LoopConnections(service);
    connections.serve(near);
    assert.equal(near.writableNeedDrain, false);
    await once(near, 'close');
    assert.ok(performance.now() - started >= idleTimeout, 'not before its time');
    await connections.drain();
  });
});
