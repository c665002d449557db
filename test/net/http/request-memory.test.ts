import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { HttpError } from '../../../src/net/http/http-error.js';
import type { HttpRequest } from '../../../src/net/http/request.js';
import { RequestMemory } from '../../../src/net/http/request-memory.js';
import { RequestParser } from '../../../src/net/http/request-parser.js';
import { requestLimits } from '../../../src/net/http/limits.js';
import { mutated, requestStream, runs, seed } from './arbitrary.js';

function request(target: string, ...lines: string[]): Buffer {
  return Buffer.from([`GET ${target} HTTP/1.1`, 'Host: h', ...lines, '', ''].join('\r\n'));
}

/** What a fresh connection makes of these bytes: its requests in words, and whether it refuses what follows. */
function outcome(bytes: Uint8Array, memory?: RequestMemory): string[] {
  const parser = new RequestParser(requestLimits, memory);
  const said: string[] = [];
  try {
    parser.feed(bytes);
    for (let one; (one = parser.next()) !== undefined;) {
      const { method, target, httpMinor, keepAlive, headers, body } = one;
      said.push(JSON.stringify([method, target, httpMinor, keepAlive, [...headers.entries()], [...body]]));
    }
    said.push(parser.phase, String(parser.takeContinue()));
  } catch (error) {
    assert.ok(error instanceof HttpError);
    said.push(error.message);
  }
  return said;
}

function only(bytes: Uint8Array, memory: RequestMemory): HttpRequest {
  const parser = new RequestParser(requestLimits, memory);
  parser.feed(bytes);
  const one = parser.next();
  assert.ok(one !== undefined && parser.next() === undefined && parser.phase === 'idle');
  return one;
}

describe(`RequestMemory (seed ${seed})`, () => {
  it('knows a request from the second time on, whatever has become of the bytes', () => {
    const memory = new RequestMemory();
    const bytes = request('/a');
    const [first, second, third] = [0, 1, 2].map(() => only(Buffer.from(bytes), memory));
    // Headers are parsed when somebody looks, so those of a known request are the same object.
    assert.notEqual(second?.headers, first?.headers);
    assert.equal(third?.headers, second?.headers);
    const reused = Buffer.from(bytes);
    only(reused, memory);
    reused.fill(0);
    assert.equal(only(bytes, memory).target, '/a');
  });

  it('gives everybody a request of their own', () => {
    const memory = new RequestMemory();
    const given = [0, 1, 2, 3].map(() => only(request('/a'), memory));
    for (const one of given) Object.assign(one, { body: Buffer.from('mine'), user: 'me' });
    const next = only(request('/a'), memory);
    assert.equal(next.body.length, 0);
    for (const shared of [next.headers, next.body])
      assert.throws(() => Object.assign(shared, { user: 'me' }), /not extensible/);
    assert.equal('user' in next, false);
  });

  it('changes nothing that a parser says, in whatever order they come', () => {
    const streams = fc.array(fc.oneof(requestStream, mutated(requestStream)), { minLength: 1, maxLength: 6 });
    const visits = fc.array(fc.nat(), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(streams, visits, (texts, order) => {
        const memory = new RequestMemory();
        for (const visit of order) {
          const bytes = Buffer.from(texts[visit % texts.length] as string, 'latin1');
          assert.deepEqual(outcome(bytes, memory), outcome(bytes));
        }
      }),
      { seed, numRuns: runs },
    );
  });

  it('takes heads that differ in one byte only for two', () => {
    const memory = new RequestMemory();
    const padding = `X: ${'x'.repeat(100)}`;
    for (let i = 0; i < 20; i++) {
      const digit = i % 2;
      assert.equal(only(request('/same', padding, `Y: ${digit}`), memory).headers.get('y'), String(digit));
    }
  });

  it('lets no head pass that is too long for the connection it comes on', () => {
    const memory = new RequestMemory();
    const bytes = request('/a', `X: ${'x'.repeat(300)}`);
    for (let i = 0; i < 3; i++) only(bytes, memory);
    const strict = new RequestParser({ ...requestLimits, maxHeaderBytes: 256 }, memory);
    strict.feed(bytes);
    assert.throws(() => strict.next(), { status: 431 });
  });
});
