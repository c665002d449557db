import assert from 'node:assert/strict';
import { STATUS_CODES } from 'node:http';
import { describe, it } from 'node:test';
import { continueResponse, encodeResponse } from '../../../src/net/http/encode-response.js';
import type { HttpResponse } from '../../../src/net/http/response.js';
import { encodeRequest } from '../../../src/net/http/encode-request.js';
import { reasonPhrases } from '../../../src/net/http/reason-phrases.js';
import { RequestParser } from '../../../src/net/http/request-parser.js';
import { ResponseParser } from '../../../src/net/http/response-parser.js';

const framing = { keepAlive: true, head: false, httpMinor: 1 } as const;
const date = /Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/;

function text(response: HttpResponse, how: Partial<Parameters<typeof encodeResponse>[1]> = {}): string {
  const encoded = Buffer.from(encodeResponse(response, { ...framing, ...how })).toString();
  assert.match(encoded, date);
  return encoded.replace(date, '');
}

describe('the names of statuses', () => {
  it('are those of node:http, which two architectures answer with', () => {
    assert.deepEqual(reasonPhrases, { ...STATUS_CODES });
  });
});

describe('encodeResponse', () => {
  it('adds length and date', () => {
    const response = { status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'grüße' };
    assert.equal(text(response), 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\ngrüße');
    assert.equal(
      text({ status: 204, headers: { 'Set-Cookie': ['a=1', 'b=2'], Age: [] } }),
      'HTTP/1.1 204 No Content\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n',
    );
    assert.equal(text({ status: 404 }), 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    assert.equal(text({ status: 299, body: Buffer.from([65]) }), 'HTTP/1.1 299 \r\nContent-Length: 1\r\n\r\nA');
  });

  it('leaves out a header that is undefined', () => {
    const response = { status: 200, headers: { Location: undefined, Age: '1' } };
    assert.equal(text(response), 'HTTP/1.1 200 OK\r\nAge: 1\r\nContent-Length: 0\r\n\r\n');
  });

  it('says what becomes of the connection', () => {
    assert.match(text({ status: 200 }, { keepAlive: false }), /\r\nConnection: close\r\n/);
    assert.match(text({ status: 200 }, { httpMinor: 0 }), /\r\nConnection: keep-alive\r\n/);
  });

  it('leaves out a body that must not be there', () => {
    assert.equal(text({ status: 200, body: 'abc' }, { head: true }), 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n');
    assert.equal(text({ status: 204, body: 'abc' }), 'HTTP/1.1 204 No Content\r\n\r\n');
    assert.equal(text({ status: 304 }), 'HTTP/1.1 304 Not Modified\r\n\r\n');
  });

  it('encodes a constant once, for each way it can be sent', () => {
    const constant = Object.freeze({ status: 200, body: 'abc' });
    const first = encodeResponse(constant, framing);
    const second = encodeResponse(constant, framing);
    // Another second may have begun in between; never two.
    assert.ok(first === second || encodeResponse(constant, framing) === second);
    assert.match(Buffer.from(encodeResponse(constant, { ...framing, keepAlive: false })).toString(), /close/);
    assert.doesNotMatch(Buffer.from(encodeResponse(constant, framing)).toString(), /close/);
  });

  it('is understood by our own client', () => {
    const parser = new ResponseParser();
    parser.begin({ head: false, keepHeaders: true, keepBody: true });
    const bytes = Buffer.concat([
      continueResponse,
      encodeResponse({ status: 200, headers: { A: 'b' }, body: 'x' }, framing),
    ]);
    assert.equal(parser.execute(bytes, 0, bytes.length), bytes.length);
    assert.deepEqual([parser.status, parser.headers?.get('a'), parser.bodyBytes], [200, 'b', 1]);
  });
});

describe('encodeRequest', () => {
  it('puts the host first and adds a length where one belongs', () => {
    const base = { target: '/p?q', host: 'h:1', headers: ['a', 'b'], body: undefined };
    const rows: [Partial<Parameters<typeof encodeRequest>[0]>, string][] = [
      [{ method: 'GET' }, 'GET /p?q HTTP/1.1\r\nhost: h:1\r\na: b\r\n\r\n'],
      [{ method: 'POST' }, 'POST /p?q HTTP/1.1\r\nhost: h:1\r\na: b\r\ncontent-length: 0\r\n\r\n'],
      [
        { method: 'PUT', body: Buffer.from('xyz') },
        'PUT /p?q HTTP/1.1\r\nhost: h:1\r\na: b\r\ncontent-length: 3\r\n\r\nxyz',
      ],
      [
        { method: 'PUT', headers: ['Transfer-Encoding', 'chunked'], body: Buffer.from('0123456789abcdef') },
        'PUT /p?q HTTP/1.1\r\nhost: h:1\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n',
      ],
      [
        { method: 'PUT', headers: ['Transfer-Encoding', 'chunked'], body: new Uint8Array() },
        'PUT /p?q HTTP/1.1\r\nhost: h:1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ],
      [{ method: 'GET', headers: ['Host', 'other'] }, 'GET /p?q HTTP/1.1\r\nHost: other\r\n\r\n'],
    ];
    for (const [request, wanted] of rows) {
      assert.equal(Buffer.from(encodeRequest({ method: 'GET', ...base, ...request })).toString(), wanted);
    }
  });

  it('is understood by our own server', () => {
    const parser = new RequestParser();
    parser.feed(encodeRequest({ method: 'PATCH', target: '/', host: 'h', headers: [], body: Buffer.from([0, 255]) }));
    assert.deepEqual(parser.next()?.body, Buffer.from([0, 255]));
  });
});
