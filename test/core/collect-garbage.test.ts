import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapSpaceStatistics } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { collectYoungGarbage } from '../../src/core/collect-garbage.js';

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')!.space_used_size;
}

test('what was allocated lately and forgotten is gone, and gc stays hidden', () => {
  collectYoungGarbage();
  const before = youngBytes();
  // Less than the half of a new space of a megabyte, so that V8 does not collect by itself.
  Array.from({ length: 4000 }, (_, i) => ({ i, text: `number ${i}` }));
  assert.ok(youngBytes() - before > 200_000, `${youngBytes() - before} bytes allocated`);
  collectYoungGarbage();
  assert.ok(youngBytes() - before < 100_000, `${youngBytes() - before} bytes left`);
  assert.equal(runInNewContext('typeof gc'), 'undefined');
});

test('what an application calls gc is its own', () => {
  Object.assign(globalThis, { gc: 'text' });
  try {
    collectYoungGarbage();
  } finally {
    Reflect.deleteProperty(globalThis, 'gc');
  }
});
