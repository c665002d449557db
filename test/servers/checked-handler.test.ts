import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Handler, HttpRequest } from '../../src/servers/application.js';
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
    for (const [answer, said] of rows) assert.equal(saidOf(answer), said);
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
