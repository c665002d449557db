import assert from 'node:assert/strict';
import { it } from 'node:test';
import { collapsed } from '../../src/core/reasons.js';

it('sentences that differ only in figures become the one with the largest, said of all', () => {
  const said = collapsed([
    { text: '3.1 % of the time was lost', about: ['a'] },
    { text: 'they share 2 cores', about: ['a', 'b'] },
    { text: '14 % of the time was lost', about: ['b'] },
    { text: '4 % of the time was lost', about: ['a', 'c'] },
  ]);
  assert.deepEqual(said, [
    { text: '14 % of the time was lost', about: ['a', 'b', 'c'] },
    { text: 'they share 2 cores', about: ['a', 'b'] },
  ]);
  assert.deepEqual(collapsed([]), []);
});
