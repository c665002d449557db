import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HttpRequest } from '../../src/net/http/request.js';
import { type Effect, sleep } from '../../src/servers/application.js';
import { checkedHandler } from '../../src/servers/checked-handler.js';

/** What is said of a handler that yields that. */
function saidOf(yielded: unknown): string {
  const handle = checkedHandler(function* () {
    yield yielded as Effect;
    return { status: 200 };
  });
  const answer = handle({} as HttpRequest);
  assert.ok('next' in answer);
  try {
    answer.next();
  } catch (error) {
    assert.ok(error instanceof TypeError);
    // No lines of ours below it.
    assert.equal(error.stack, `TypeError: ${error.message}`);
    return error.message;
  }
  throw new Error('it was taken');
}

describe('a handler that yields what is no effect', () => {
  const expected = 'a handler may yield sleep, cpu, readFile and stats, found';
  const rows: [what: string, yielded: unknown, said: string][] = [
    ['nothing', undefined, `${expected} undefined`],
    ['a number', 5, `${expected} 5`],
    ['a misspelt effect', { kind: 'slep', ms: 5 }, `${expected} { kind: 'slep', ms: 5 }`],
    ['a promise', Promise.resolve(), `${expected} a promise (yield effects instead of awaiting)`],
    ['yield without a star', sleep(5), 'a handler yields effects, found a coroutine: yield* goes into it, with a star'],
    [
      'sleep of a text',
      { kind: 'sleep', ms: '5' },
      "sleep expects a number of milliseconds, up to 2147483647, found '5'",
    ],
    ['cpu without a function', { kind: 'cpu', task: 5 }, 'cpu expects a function, found 5'],
    ['readFile of nothing', { kind: 'readFile' }, 'readFile expects a path as a text, found undefined'],
  ];
  for (const [what, yielded, said] of rows) {
    it(`is told what it yielded and what is expected: ${what}`, () => {
      assert.equal(saidOf(yielded), said);
    });
  }

  it('is told so in one line, however long it is', () => {
    const said = saidOf({ kind: 'x'.repeat(5000), list: Array.from({ length: 500 }, () => ({ a: 'line\nbreak' })) });
    assert.match(said, /^[^\n]{1,200}…$/);
  });
});
