import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServerProcess } from '../../support/cold-server.js';
import { eventually } from '../../support/eventually.js';
import { fetchOnce } from '../../support/raw-connection.js';
import { signature, blockedIn, listeningSockets } from '../../support/signature.js';

await signature('reuseport', () => {
  it('has N threads that accept, each on a socket of its own, and every one gets connections', async () => {
    await using server = await startServerProcess({ mode: 'reuseport', set: ['workers=3'] });
    await blockedIn(server, 'accept4', 3);
    assert.equal(listeningSockets(server).length, 3);
    await eventually('every worker has had a connection', async () => {
      await fetchOnce(server.port, '/json');
      const { perThread } = await server.stats();
      return perThread.length === 3 && perThread.every((connections) => connections > 0);
    });
  });
});
