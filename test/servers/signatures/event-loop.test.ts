import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServerProcess } from '../../support/cold-server.js';
import { signature, delaysOthersWhileItComputes, overlapsSleepingRequests } from '../../support/signature.js';

await signature('event-loop', () => {
  it('overlaps sleeping requests on one thread', async () => {
    await using server = await startServerProcess({ mode: 'event-loop' });
    await overlapsSleepingRequests(server);
    assert.equal((await server.stats()).threads, 1);
  });

  it('delays everybody while one request computes', async () => {
    await using server = await startServerProcess({ mode: 'event-loop' });
    await delaysOthersWhileItComputes(server);
  });
});
