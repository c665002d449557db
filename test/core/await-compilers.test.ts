import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { runInThisContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { awaitCompilers } from '../../src/core/await-compilers.js';

const module = new URL('../../src/core/await-compilers.js', import.meta.url).href;

/** With another text each time: V8 remembers what it has parsed. */
let texts = 0;
function assertNoFlag(): void {
  texts += 1;
  assert.throws(() => runInThisContext(`%FinalizeOptimization() + ${texts}`), { name: 'SyntaxError' });
}

describe('waiting for the compilers of a thread', () => {
  it('leaves the process without the flag that it needs', () => {
    awaitCompilers();
    assertNoFlag();
  });

  it('ends for all threads that end together, with something to compile', async () => {
    const code = `
      const sum = (n) => { let all = 0; for (let i = 0; i < n; i++) all += i * 1.5; return all; };
      for (let i = 0; i < 2000; i++) sum(100);
      import(${JSON.stringify(module)}).then(({ awaitCompilers }) => awaitCompilers());`;
    const exits = Array.from({ length: 8 }, () => once(new Worker(code, { eval: true }), 'exit'));
    assert.deepEqual(
      await Promise.all(exits),
      Array.from({ length: 8 }, () => [0]),
    );
    assertNoFlag();
  });
});
