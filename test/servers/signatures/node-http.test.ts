import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServerProcess } from '../../support/cold-server.js';
import { signature, overlapsSleepingRequests } from '../../support/signature.js';

await signature('node-http', () => {
  it('overlaps sleeping requests on one thread', async () => {
    await using server = await startServerProcess({ mode: 'node-http' });
    await overlapsSleepingRequests(server);
    assert.equal((await server.stats()).threads, 1);
  });
});
