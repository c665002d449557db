import { parentPort, workerData } from 'node:worker_threads';
import { awaitCompilers } from '../core/await-compilers.js';
import { UserError } from '../core/errors.js';
import { encodeHistogram } from '../core/histogram.js';
import type { FromGenerator, GeneratorTask, ToGenerator } from './generator-messages.js';
import { Generator } from './generate.js';
import { compileRecipe } from './plan/load.js';
import { rehearse } from './rehearsal.js';

// Entry of a generator thread: compiles the plan anew (closures cannot be sent), says `ready`, waits for `go`.

const port = parentPort;
if (port === null) throw new Error('generator-thread.js runs as a worker thread only');
const tell = (message: FromGenerator): void => port.postMessage(message);

const { recipe, share, options } = workerData as GeneratorTask;

try {
  const plan = await compileRecipe(recipe);
  await rehearse(plan.load, share, options.transport);
  const generator = await Generator.prepare(plan, share, options, {
    onSecond: (second, failed, latency) =>
      tell({ kind: 'second', second, failed, latency: latency.totalCount === 0 ? '' : encodeHistogram(latency) }),
    onWarning: (message) => tell({ kind: 'warning', message }),
    onStopped: (reason) => tell({ kind: 'stopped', reason }),
  });
  const told = new Promise<void>((resolve) => {
    port.on('message', (message: ToGenerator) => {
      // Before `go`, too: then it runs and does nothing, so that there is a result in any case.
      if (message === 'end') generator.end();
      resolve();
    });
  });
  tell({ kind: 'ready' });
  await told;
  const ticker = setInterval(() => tell({ kind: 'progress', progress: generator.progress() }), 1000);
  const generated = await generator.run();
  clearInterval(ticker);
  tell({ kind: 'done', generated });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  tell({ kind: 'refused', message: error.message, hint: error.hint, exitCode: error.exitCode });
} finally {
  awaitCompilers();
  port.close();
}
