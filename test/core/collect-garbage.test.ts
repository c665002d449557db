import assert from 'node:assert/strict';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { collectYoungGarbage } from '../../src/core/collect-garbage.js';
import { eventually } from '../support/eventually.js';

interface Collection {
  readonly detail?: { readonly kind: number; readonly flags: number };
}

/** What somebody has asked for, of what is young: V8 collects for itself as well. */
function isAskedFor({ detail }: Collection): boolean {
  const { NODE_PERFORMANCE_GC_MINOR: minor, NODE_PERFORMANCE_GC_FLAGS_FORCED: forced } = constants;
  return detail?.kind === minor && detail.flags === forced;
}

test('V8 collects what is young, and gc stays hidden', async () => {
  let isCollected = false;
  const observer = new PerformanceObserver((list) => {
    if (list.getEntries().some((entry) => isAskedFor(entry as Collection))) isCollected = true;
  });
  observer.observe({ entryTypes: ['gc'] });
  collectYoungGarbage();
  await eventually('a minor collection', () => isCollected, 5000);
  observer.disconnect();
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
