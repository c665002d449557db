import assert from 'node:assert/strict';
import { it } from 'node:test';
import { mergeErrors } from '../../src/core/merge-errors.js';

it('counts equal errors together, the most frequent first', () => {
  const errors = mergeErrors([
    { class: 'reset', message: 'a', count: 1 },
    { class: 'timeout', message: 'b', count: 5 },
    { class: 'reset', message: 'a', count: 2 },
  ]);
  assert.deepEqual(
    errors.map(({ message, count }) => [message, count]),
    [
      ['b', 5],
      ['a', 3],
    ],
  );
});
