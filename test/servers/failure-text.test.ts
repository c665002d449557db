import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { failureText, messageOf } from '../../src/servers/failure-text.js';

function refuse(): never {
  throw new Error('asked');
}

describe('the text of a failure', () => {
  it('is the stack of an error, and what the system said of a failed call', () => {
    assert.match(failureText(new Error('on purpose')), /^Error: on purpose\n +at /);
    const failedCall = Object.assign(new Error('EMFILE: too many open files'), { syscall: 'open' });
    assert.equal(failureText(failedCall), 'EMFILE: too many open files');
  });

  it('is there whatever was thrown', () => {
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    const rows: [thrown: unknown, text: string][] = [
      ['a text', 'a text'],
      [undefined, 'undefined'],
      [{ code: 5 }, '{ code: 5 }'],
      [Object.create(null), '[Object: null prototype] {}'],
      [revoked, 'what was thrown cannot be shown'],
      [new Proxy({}, { get: refuse, getPrototypeOf: refuse }), 'what was thrown cannot be shown'],
      [Object.defineProperty(new Error('a'), 'stack', { get: refuse }), 'what was thrown cannot be shown'],
      [Object.assign(new Error('a'), { stack: 5 }), '5'],
    ];
    for (const [thrown, text] of rows) assert.equal(failureText(thrown), text);
  });

  it('is cut where nobody would read on', () => {
    const text = failureText('x'.repeat(5e6));
    assert.equal(text, `${'x'.repeat(10_000)}… (5000000 characters)`);
  });

  it('has a message whatever was thrown', () => {
    const rows: [thrown: unknown, message: string][] = [
      [Object.assign(new Error('a'), { message: Symbol('b') }), 'Symbol(b)'],
      [Object.defineProperty(new Error('a'), 'message', { get: refuse }), 'what was thrown cannot be shown'],
      [{ [inspect.custom]: refuse }, 'what was thrown cannot be shown'],
    ];
    for (const [thrown, message] of rows) assert.equal(messageOf(thrown), message);
  });
});
