import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Expected, ResponseParser } from '../../../src/net/http/response-parser.js';

const everything: Expected = { head: false, keepHeaders: true, keepBody: true };

/** What is known after the text, fed in pieces of `size` bytes, and the server's closing where `closed`. */
function parse(text: string, size = text.length, closed = false, expected = everything) {
  const parser = new ResponseParser({ maxHeaderBytes: 200, maxBodyBytes: 50 });
  parser.begin(expected);
  const bytes = Buffer.from(text, 'latin1');
  let used = 0;
  for (let at = 0; at < bytes.length && !parser.complete; at += size) {
    used = parser.execute(bytes, at, Math.min(bytes.length, at + size));
  }
  if (closed) parser.end();
  const { complete, status, keepAlive, bodyBytes, headers } = parser;
  return { complete, status, keepAlive, bodyBytes, headers, body: Buffer.from(parser.takeBody()).toString(), used };
}

describe('ResponseParser', () => {
  const rows: [name: string, text: string, closed: boolean, status: number, body: string, keepAlive: boolean][] = [
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', false, 200, 'hello', true],
    ['no body', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', false, 204, '', true],
    [
      'chunks and trailers',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n',
      false,
      200,
      'hello',
      true,
    ],
    ['the end of the connection', 'HTTP/1.1 200 OK\r\n\r\nhello', true, 200, 'hello', false],
    [
      'interim responses',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 201 \r\nContent-Length: 0\r\n\r\n',
      false,
      201,
      '',
      true,
    ],
    ['no reason', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', false, 200, '', true],
    ['Connection: close', 'HTTP/1.1 500 Oh\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx', false, 500, 'x', false],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx', false, 200, 'x', false],
    [
      'HTTP/1.0 kept alive',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx',
      false,
      200,
      'x',
      true,
    ],
  ];
  for (const [name, text, closed, status, body, keepAlive] of rows) {
    it(`reads a response with ${name}, however it is split`, () => {
      for (const size of [1, 2, 3, 7, text.length]) {
        const response = parse(text, size, closed);
        assert.deepEqual(
          [response.complete, response.status, response.body, response.bodyBytes, response.keepAlive, response.used],
          [true, status, body, body.length, keepAlive, text.length],
        );
      }
    });
  }

  it('knows that HEAD has no body', () => {
    const head = { head: true, keepHeaders: false, keepBody: true };
    const response = parse('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 3, false, head);
    assert.deepEqual([response.complete, response.bodyBytes, response.keepAlive], [true, 0, true]);
  });

  it('keeps only what is wanted, and the headers of a redirect', () => {
    const nothing = { head: false, keepHeaders: false, keepBody: false };
    const plain = parse('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 4, false, nothing);
    assert.deepEqual([plain.headers, plain.body, plain.bodyBytes], [undefined, '', 5]);
    const redirect = parse('HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n', 9, false, nothing);
    assert.equal(redirect.headers?.get('location'), '/a');
  });

  it('tells where the response ends within what was received', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    assert.equal(parse(`${text}garbage`).used, text.length);
  });

  it('serves one response after the other', () => {
    const parser = new ResponseParser();
    for (const [text, status] of [
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n', 200],
      ['HTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\na', 404],
      ['HTTP/1.1 204 No\r\n\r\n', 204],
    ] as const) {
      parser.begin(everything);
      assert.equal(parser.untouched, true);
      parser.execute(Buffer.from(text), 0, text.length);
      assert.deepEqual([parser.complete, parser.status, parser.untouched], [true, status, false]);
    }
  });

  const wrong: [name: string, text: string, message: RegExp][] = [
    ['is not HTTP', 'SSH-2.0-OpenSSH\r\n', /'S' in the status line/],
    ['is a frame', '\0\0\0\x02{}', /^0x00 in the status line: does the server speak frames\?$/],
    ['is HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n', /'2' in the status line/],
    ['has no status', 'HTTP/1.1 OK\r\n\r\n', /'O' in the status line/],
    ['has a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', /'0' in the status line/],
    ['has a status below 100', 'HTTP/1.1 099 No\r\n\r\n', /below 100/],
    ['switches protocols', 'HTTP/1.1 101 Switching\r\n\r\n', /switches protocols/],
    ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', /more than one/],
    ['has length and coding', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', /both/],
    ['has endless headers', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200)}`, /exceed 200 bytes/],
    [
      'has a body beyond the limit',
      `HTTP/1.1 200 OK\r\nContent-Length: 51\r\n\r\n${'x'.repeat(51)}`,
      /exceeds 50 bytes/,
    ],
    ['closes in mid-body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe', /closed within the body/],
    ['closes in mid-head', 'HTTP/1.1 200', /closed early/],
  ];
  for (const [name, text, message] of wrong) {
    it(`refuses a server that ${name}`, () => {
      for (const size of [1, 5, text.length]) {
        assert.throws(() => parse(text, size, true), { name: 'HttpError', status: 502, message });
      }
    });
  }
});
