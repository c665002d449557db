import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { startServer } from '../../src/servers/host.js';
import { everyArchitecture, skipReason, workers } from '../support/architectures.js';
import { eventually } from '../support/eventually.js';
import { moduleWith, temporaryFile } from '../support/module-with.js';
import { childrenOf, descriptorsOf, threadCount } from '../support/proc.js';

/** Lets one thread start, or none, and no other. */
const failing = moduleWith(
  'failing',
  `import cluster from 'node:cluster';
   import { writeFileSync } from 'node:fs';
   import { isMainThread } from 'node:worker_threads';
   export default ({ first }) => {
     if (!isMainThread || cluster.isWorker) writeFileSync(first, '', { flag: 'wx' });
     return { handle: () => ({ status: 200 }) };
   };`,
);

describe('a start that fails half-way', { skip: !existsSync('/proc'), timeout: 60_000 }, () => {
  for (const architecture of everyArchitecture) {
    const { id: mode, settings } = architecture;
    const isOnMainThread = mode === 'event-loop' || mode === 'node-http';
    const skip = skipReason(architecture) || (isOnMainThread && 'on the thread that starts it');
    it(`leaves no descriptor, thread or process behind, on ${mode}`, { skip }, async () => {
      const set = [...workers(architecture, 2), ...('spareThreads' in settings ? ['spareThreads=2'] : [])];
      // What is opened once and for all is opened now.
      await (await startServer({ mode, set })).close();
      const descriptors = descriptorsOf().length;
      const threads = threadCount();
      const first = set.length === 0 ? failing : temporaryFile(`first-of-${mode}`);
      await assert.rejects(startServer({ mode, set: [...set, `app.first=${first}`], app: failing }));
      await eventually(
        'all is given back',
        () =>
          descriptorsOf().length === descriptors && threadCount() === threads && childrenOf(process.pid).length === 0,
      );
    });
  }
});
