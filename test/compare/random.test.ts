import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom, shuffled } from '../../src/compare/random.js';

describe('a seeded order', () => {
  it('is the same for the same seed', () => {
    const [first, second] = [1, 2].map(() => shuffled(['a', 'b', 'c', 'd', 'e', 'f'], seededRandom(853_394)));
    assert.deepEqual(first, second);
  });

  it('is any order, each as often, over seeds as small as those that reports print', () => {
    const seen = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const order = shuffled(['a', 'b', 'c'], seededRandom(seed * 163)).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    assert.equal(seen.size, 6);
    // 1000 each; the standard deviation is 29.
    for (const count of seen.values()) assert.ok(Math.abs(count - 1000) < 150, JSON.stringify([...seen]));
  });
});
