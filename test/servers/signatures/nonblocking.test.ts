import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServerProcess } from '../../support/cold-server.js';
import { threadCpuMs } from '../../support/proc.js';
import { get, RawConnection } from '../../support/raw-connection.js';
import { signature, computingThread, callsSeen, overlapsSleepingRequests } from '../../support/signature.js';

await signature('nonblocking', () => {
  it('never sleeps, with nothing to do for one idle connection', async () => {
    await using server = await startServerProcess({ mode: 'nonblocking' });
    using idle = await RawConnection.open(server.port);
    await idle.send(get('/json'));
    await idle.response();
    const tid = await computingThread(server, 200);
    const before = threadCpuMs(server.pid, tid);
    const calls = await callsSeen(server, tid, () => threadCpuMs(server.pid, tid) - before >= 200);
    // Now and then V8 waits for its own threads.
    calls.delete('futex');
    assert.deepEqual(calls, new Set(['running']));
    await overlapsSleepingRequests(server);
  });
});
