import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Handler, HttpRequest, HttpResponse } from '../../src/servers/application.js';
import { checkedHandler } from '../../src/servers/checked-handler.js';

const request = { path: '/' } as HttpRequest;

function saidOf(answer: unknown): string {
  try {
    checkedHandler((() => answer) as Handler)(request);
    return 'nothing';
  } catch (error) {
    return (error as Error).message;
  }
}

/** What a CPU-bound task gives, or what is said of it. */
function resultOf(task: () => unknown): unknown {
  const coroutine = checkedHandler(function* () {
    yield { kind: 'cpu', task };
    return { status: 200 };
  })(request) as Generator<{ readonly task: () => unknown }, never>;
  try {
    return coroutine.next().value.task();
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the handler of an application, looked at', () => {
  it('is told what is wrong with its answer, whatever that is', () => {
    const header = 'the header a must be a text of visible Latin-1 characters, or a list, found';
    const status = 'the status of a response must be a whole number from 200 to 599, found';
    const rows: [answer: unknown, said: string][] = [
      [{ status: 200, headers: { a: 10n } }, `${header} 10n`],
      [{ status: 200, headers: { a: Symbol('x') } }, `${header} Symbol(x)`],
      [{ status: 200, headers: { a: 'b\r\nc' } }, `${header} 'b\\r\\nc'`],
      [{ status: 200, headers: { a: ['b', ['c']] } }, `${header} [ 'c' ]`],
      [{ status: '200' }, `${status} '200'`],
      [{ status: Object.create(null) }, `${status} [Object: null prototype] {}`],
    ];
    const transferred = new Uint8Array(3);
    structuredClone(transferred, { transfer: [transferred.buffer] });
    const object = "the headers of a response must be an object such as { Allow: 'GET' }, found";
    const bytes = 'the body of a response must be a text or bytes (Uint8Array), found';
    const found = 'a promise (yield effects instead of awaiting)';
    const withHole: string[] = [];
    withHole[1] = 'b';
    rows.push(
      // Nor does it end the process.
      [
        Promise.reject(new Error('nobody hears of it')),
        `handle must return { status, headers?, body? } or a generator of effects, found ${found}`,
      ],
      [{ status: 200, headers: new Headers({ a: 'b' }) }, `${object} a Headers`],
      [{ status: 200, headers: new Map([['a', 'b']]) }, `${object} a Map`],
      [{ status: 200, headers: [['a', 'b']] }, `${object} an Array`],
      [{ status: 200, headers: Promise.reject(new Error('nor of this')) }, `${object} ${found}`],
      [{ status: 200, headers: new Date() }, `${object} a Date`],
      [{ status: 200, headers: { a: withHole } }, `${header} undefined`],
      [{ status: 200, body: Object.create(Uint8Array.prototype) }, `${bytes} an object`],
      [{ status: 200, body: new Proxy(new Uint8Array(3), {}) }, `${bytes} an object`],
      [{ status: 200, body: transferred }, 'the body of a response has no bytes any more: its buffer was transferred'],
    );
    for (const [answer, said] of rows) assert.equal(saidOf(answer), said);
  });

  it('may leave headers undefined, and is sent no body with a 205', () => {
    const answer: HttpResponse = { status: 205, headers: { a: 'b', c: undefined }, body: 'nope' };
    assert.deepEqual(checkedHandler(() => answer)(request), { status: 205, headers: { a: 'b' } });
  });

  it('is told of what an iterator or a revoked proxy does not give', () => {
    const next = checkedHandler((() => ({ next: () => null })) as unknown as Handler)(request) as Generator;
    assert.throws(() => next.next(), /^TypeError: the next of an iterator must give \{ value, done \}, found null$/);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.match(saidOf(proxy), /^handle must return \{ status, .*, found an object$/);
  });

  it('takes for a coroutine what has a method next, and nothing else', () => {
    assert.equal(saidOf({ status: 200, next: 'page2' }), 'nothing');
    assert.match(saidOf({ next: 5 }), /^handle must return \{ status, headers\?, body\? \} or a generator/);
  });

  it('sends the bytes that there are, whatever their class says', () => {
    class Longer extends Uint8Array {
      override get length(): number {
        return 3000;
      }
      override get byteLength(): number {
        return 3000;
      }
    }
    const body = Longer.of(1, 2, 3, 4);
    const { body: sent } = checkedHandler(() => ({ status: 200, body }))(request) as { body: Uint8Array };
    assert.deepEqual([...sent], [1, 2, 3, 4]);
  });

  it('is told of CPU-bound tasks that are not done when they return', () => {
    assert.equal(
      resultOf(() => 5),
      5,
    );
    const said = 'cpu expects a function that computes at once, found';
    assert.equal(
      resultOf(async () => 5),
      `${said} an async one`,
    );
    assert.equal(
      resultOf(function* () {
        yield 5;
      }),
      `${said} a generator`,
    );
  });

  it('looks at an effect once', () => {
    let looks = 0;
    const coroutine = checkedHandler(function* () {
      yield {
        kind: 'sleep',
        get ms() {
          looks += 1;
          return looks === 1 ? 5 : Number.NaN;
        },
      };
      return { status: 200 };
    })(request) as Generator;
    assert.deepEqual(coroutine.next().value, { kind: 'sleep', ms: 5 });
  });

  it('is told what it has yielded, in one line', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const coroutine = checkedHandler(function* () {
      yield proxy as never;
      return { status: 200 };
    })(request) as Generator;
    assert.throws(() => coroutine.next(), {
      message: 'a handler may yield sleep, cpu, readFile and stats, found <Revoked Proxy>',
    });
  });

  it('is asked to end where it waits, and only there', () => {
    const calls: string[] = [];
    const handle = (() => ({
      next: () => {
        calls.push('next');
        return calls.length === 1 ? { done: false, value: { kind: 'stats' } } : { done: true, value: { status: 200 } };
      },
      return: () => {
        calls.push('return');
        return { done: true, value: undefined };
      },
    })) as unknown as Handler;
    const ended = checkedHandler(handle)(request) as Generator;
    ended.next();
    assert.deepEqual(ended.next(), { done: true, value: { status: 200, headers: {} } });
    assert.deepEqual(calls, ['next', 'next']);
    calls.length = 0;
    const lost = checkedHandler(handle)(request) as Generator;
    lost.next();
    lost.return(undefined);
    assert.deepEqual(calls, ['next', 'return']);
  });
});
