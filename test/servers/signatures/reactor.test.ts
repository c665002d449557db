import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServerProcess } from '../../support/cold-server.js';
import { eventually } from '../../support/eventually.js';
import { fetchOnce } from '../../support/raw-connection.js';
import { signature, listeningSockets, waitsForEverybodyIn } from '../../support/signature.js';

await signature('reactor', () => {
  waitsForEverybodyIn('reactor', 'epoll_wait');

  it('spreads connections over as many loops as it has workers', async () => {
    await using server = await startServerProcess({ mode: 'reactor', set: ['workers=2'] });
    assert.equal(listeningSockets(server).length, 2);
    await eventually('both have had a connection', async () => {
      await fetchOnce(server.port, '/json');
      return (await server.stats()).perThread.every((connections) => connections > 0);
    });
  });
});
