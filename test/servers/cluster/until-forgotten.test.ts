import assert from 'node:assert/strict';
import cluster from 'node:cluster';
import { describe, it } from 'node:test';
import { unsupportedReason } from '../../../src/net/sys/platform.js';
import { startServer } from '../../support/cold-server.js';
import { eventually } from '../../support/eventually.js';
import { childrenOf, descriptorsOf } from '../../support/proc.js';
import { get, RawConnection } from '../../support/raw-connection.js';

function socketCount(): number {
  return descriptorsOf().filter((name) => name.startsWith('socket:')).length;
}

describe('a process of a cluster that has ended', { skip: unsupportedReason() ?? false, timeout: 20_000 }, () => {
  it('is forgotten when it has disconnected', async () => {
    const server = await startServer({ mode: 'cluster', set: ['workers=1'] });
    using client = await RawConnection.open(server.port);
    await client.send(get('/json'));
    await client.response();
    assert.equal(await server.close(), true);
    assert.deepEqual(Object.keys(cluster.workers ?? {}), []);
  });

  it('is forgotten, and a connection on its way to it closed, when it was killed', async () => {
    const before = socketCount();
    const server = await startServer({ mode: 'cluster', set: ['workers=1'], graceMs: 1 });
    const [pid = 0] = childrenOf(process.pid);
    process.kill(pid, 'SIGSTOP');
    const started = socketCount();
    using client = await RawConnection.open(server.port);
    await eventually('the primary has accepted it', () => socketCount() === started + 2);
    assert.equal(await server.close(), true);
    await client.end();
    assert.deepEqual(Object.keys(cluster.workers ?? {}), []);
    client.socket.destroy();
    await eventually('no socket is left', () => socketCount() === before);
  });
});
