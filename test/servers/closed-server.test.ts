import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Architecture } from '../../src/servers/architecture.js';
import { everyArchitecture, fewThreads, skipReason } from '../support/architectures.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { descriptorsOf, threadCount } from '../support/proc.js';
import { fetchOnce, RawConnection } from '../support/raw-connection.js';

/** Starts a server, uses it a little, closes it twice. */
async function startAndClose(architecture: Architecture): Promise<void> {
  const server = await startServer({ mode: architecture.id, set: fewThreads(architecture) });
  assert.equal((await fetchOnce(server.port, '/10')).status, 200);
  using idle = await RawConnection.open(server.port);
  const [first, second] = await Promise.all([server.close(), server.close()]);
  assert.deepEqual([first, second], [true, true]);
  await idle.end();
  await assert.rejects(RawConnection.open(server.port), { code: 'ECONNREFUSED' });
}

// One after the other, for what is counted is the threads and descriptors of this process.
describe('a closed server', { timeout: 120_000 }, () => {
  for (const architecture of everyArchitecture) {
    const skip = skipReason(architecture);
    it(`has ended its idle clients, and leaves no thread and no descriptor: ${architecture.id}`, { skip }, async () => {
      // The first run starts what stays: helper threads of Node, its own descriptors.
      await startAndClose(architecture);
      if (!existsSync('/proc/self/task')) return;
      const threads = threadCount();
      const descriptors = descriptorsOf().length;
      await startAndClose(architecture);
      await eventually('no thread is left', () => threadCount() <= threads);
      await eventually('no descriptor is left', () => descriptorsOf().length <= descriptors);
    });
  }
});
