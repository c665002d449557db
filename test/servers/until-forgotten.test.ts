import assert from 'node:assert/strict';
import type { Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { untilForgotten } from '../../src/servers/until-forgotten.js';

/** What `node:cluster` makes of a process. */
function someWorker(): Worker {
  const process = new EventEmitter();
  const worker = Object.assign(new EventEmitter(), { process });
  process.once('disconnect', () => worker.emit('disconnect'));
  return worker as Worker;
}

describe('a process of a cluster that has ended', () => {
  it('is forgotten when it has disconnected', async () => {
    const worker = someWorker();
    const forgotten = untilForgotten(worker);
    worker.process.emit('disconnect');
    await forgotten;
  });

  it('is forgotten when it will never disconnect, after all that it has sent', async () => {
    const worker = someWorker();
    const order: string[] = [];
    const forgotten = untilForgotten(worker).then(() => order.push('forgotten'));
    worker.process.on('message', (message: string) => order.push(message));
    worker.process.emit('exit', null, 'SIGKILL');
    worker.process.emit('message', 'its last words');
    worker.process.emit('close', null, 'SIGKILL');
    await forgotten;
    assert.deepEqual(order, ['its last words', 'forgotten']);
  });
});
