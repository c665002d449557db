import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServerProcess } from '../../support/cold-server.js';
import { eventually } from '../../support/eventually.js';
import { childrenOf, descriptorsOf } from '../../support/proc.js';
import { fetchOnce } from '../../support/raw-connection.js';
import { signature, listeningSockets } from '../../support/signature.js';

await signature('cluster', () => {
  it('answers from N processes', async () => {
    await using server = await startServerProcess({ mode: 'cluster', set: ['workers=3'] });
    assert.equal(childrenOf(server.pid).length, 3);
    await eventually('every process has had a connection', async () => {
      await fetchOnce(server.port, '/json');
      const { threads, perThread } = await server.stats();
      return threads === 3 && perThread.every((connections) => connections > 0);
    });
  });

  for (const [scheduling, holders] of [
    ['rr', 1],
    ['none', 3],
  ] as const) {
    it(`with scheduling=${scheduling}, ${holders} of 3 processes hold the listening socket`, async () => {
      const set = ['workers=2', `scheduling=${scheduling}`];
      await using server = await startServerProcess({ mode: 'cluster', set });
      const [row = ''] = listeningSockets(server);
      const socket = `socket:[${row.trim().split(/ +/)[9]}]`;
      const processes = [server.pid, ...childrenOf(server.pid)];
      assert.equal(processes.filter((pid) => descriptorsOf(pid).includes(socket)).length, holders);
      assert.equal((await fetchOnce(server.port, '/json')).status, 200);
      const answer = fetchOnce(server.port, '/200');
      await eventually('the request has come', async () => (await server.stats()).requests === 2);
      await server.close();
      assert.equal((await answer).status, 200);
    });
  }

  it('fails when one of its processes is killed', async () => {
    const server = await startServerProcess({ mode: 'cluster', set: ['workers=2'] });
    process.kill(childrenOf(server.pid)[0] as number, 'SIGKILL');
    assert.match((await server.ended)?.message ?? '', /a process of the cluster has ended \(SIGKILL\)/);
  });
});
