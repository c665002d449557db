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
    { text: 'up to 14 % of the time was lost', about: ['a', 'b', 'c'] },
    { text: 'they share 2 cores', about: ['a', 'b'] },
  ]);
  assert.deepEqual(collapsed([]), []);
});

it('the largest is found among thousands, and a bound stays one', () => {
  const [thousands] = collapsed([
    { text: '2467 of 2467 requests failed', about: ['a'] },
    { text: '13.9 k of 13.9 k requests failed', about: ['a'] },
    { text: 'up to 300 of 300 requests failed', about: ['b'] },
  ]);
  assert.deepEqual(thousands, { text: 'up to 13.9 k of 13.9 k requests failed', about: ['a', 'b'] });
  const [share] = collapsed([
    { text: '12 of 100 requests failed', about: ['a'] },
    { text: '16 of 400 requests failed', about: ['b'] },
  ]);
  assert.equal(share?.text, 'up to 12 of 100 requests failed');
  const [drift] = collapsed([
    { text: 'the median time went from 1.00 ms in the first third of the run to 2.00 ms in the last', about: ['a'] },
    { text: 'the median time went from 3.00 ms in the first third of the run to 1.00 ms in the last', about: ['b'] },
  ]);
  assert.doesNotMatch(drift?.text ?? '', /up to/);
  const [same] = collapsed([
    { text: 'it used 97 % of a core', about: ['a'] },
    { text: 'it used 97 % of a core', about: ['b'] },
  ]);
  assert.deepEqual(same, { text: 'it used 97 % of a core', about: ['a', 'b'] });
});
