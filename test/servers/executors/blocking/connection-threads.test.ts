import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Semaphore } from '../../../../src/net/sync/semaphore.js';
import { close, connect, listenTcp, localPort, openSocket, accept } from '../../../../src/net/sys/socket.js';
import { tcpAddress } from '../../../../src/net/sys/address.js';
import { unsupportedReason } from '../../../../src/net/sys/platform.js';
import { Counters } from '../../../../src/servers/counters.js';
import { ConnectionThreads } from '../../../../src/servers/executors/blocking/connection-threads.js';
import { LoopRefusals } from '../../../../src/servers/executors/loop/refusals.js';
import { Phase } from '../../../../src/servers/phase.js';
import { someService } from '../../runtime/some-service.js';

describe('the threads of connections', { skip: unsupportedReason() ?? false }, () => {
  it('are told about when one does not start: clients wait for it', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const logged: string[] = [];
    const service = await someService();
    const refusals = new LoopRefusals(service, () => undefined);
    const threads = new ConnectionThreads({
      spawn: () => ({ ready: new Promise(() => undefined), ended: new Promise(() => undefined) }),
      permits: new Semaphore(Semaphore.allocate(1)),
      cells: 1,
      counters: new Counters(Counters.allocate().memory),
      phase: new Phase(),
      log: (_, message) => logged.push(message),
      maxConnections: 1,
      refusals,
    });
    const listener = listenTcp({ host: '127.0.0.1', port: 0 });
    const address = tcpAddress('127.0.0.1', localPort(listener));
    const client = openSocket(address.family, false);
    connect(client, address);
    const fd = accept(listener, false);
    void threads.serve(fd);
    t.mock.timers.tick(2999);
    assert.deepEqual(logged, []);
    t.mock.timers.tick(1);
    assert.deepEqual(logged, ['a thread has not started after 3 s: does the application load in it?']);
    for (const one of [client, fd, listener]) close(one);
  });
});
