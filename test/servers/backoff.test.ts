import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Backoff } from '../../src/servers/backoff.js';

it('pauses grow up to a bound, and begin anew when it is over', () => {
  const backoff = new Backoff(100);
  assert.deepEqual(
    Array.from({ length: 7 }, () => backoff.nextPauseMs()),
    [5, 10, 20, 40, 80, 100, 100],
  );
  backoff.over();
  assert.equal(backoff.nextPauseMs(), 5);
});
