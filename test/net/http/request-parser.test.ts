import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpError } from '../../../src/net/http/http-error.js';
import { type HttpLimits, requestLimits } from '../../../src/net/http/limits.js';
import type { HttpRequest } from '../../../src/net/http/request.js';
import { RequestParser } from '../../../src/net/http/request-parser.js';
import { eventually } from '../../support/eventually.js';
import { heldBytes } from '../../support/held-bytes.js';

interface Outcome {
  readonly requests: HttpRequest[];
  readonly status: number | undefined;
  readonly message: string | undefined;
}

/** Feeds the text in pieces of `size` bytes and takes out whatever is complete after each. */
function parse(text: string, size = text.length, limits: HttpLimits = requestLimits): Outcome {
  const parser = new RequestParser(limits);
  const bytes = Buffer.from(text, 'latin1');
  const requests: HttpRequest[] = [];
  try {
    for (let at = 0; at < bytes.length; at += size) {
      parser.feed(bytes.subarray(at, at + size));
      for (let request = parser.next(); request !== undefined; request = parser.next()) requests.push(request);
    }
  } catch (error) {
    assert.ok(error instanceof HttpError);
    assert.throws(() => parser.next(), error);
    return { requests, status: error.status, message: error.message };
  }
  return { requests, status: undefined, message: undefined };
}

function only(text: string): HttpRequest {
  const { requests, message } = parse(text);
  assert.equal(requests.length, 1, message);
  return requests[0] as HttpRequest;
}

const get = 'GET /a?b=1 HTTP/1.1\r\nHost: h\r\n\r\n';

describe('RequestParser', () => {
  it('gives the parts of a request', () => {
    const request = only(
      'POST /p/%20?q=1?2 HTTP/1.1\r\nHost: h\r\nX-One:  a b \t\r\nx-one: c\r\nContent-Length: 3\r\n\r\nabc',
    );
    assert.deepEqual(
      [request.method, request.target, request.path, request.query, request.httpMinor, request.keepAlive],
      ['POST', '/p/%20?q=1?2', '/p/%20', 'q=1?2', 1, true],
    );
    assert.deepEqual(
      [...request.headers.entries()],
      [
        ['host', 'h'],
        ['x-one', 'a b'],
        ['x-one', 'c'],
        ['content-length', '3'],
      ],
    );
    assert.equal(request.headers.get('x-one'), 'c');
    assert.deepEqual(request.headers.all('x-one'), ['a b', 'c']);
    assert.equal(request.headers.has('x-two'), false);
    assert.equal(Buffer.from(request.body).toString(), 'abc');
  });

  it('takes names, addresses and ports for hosts', () => {
    for (const host of ['', 'h', 'a.b-c_d:80', '127.0.0.1:8080', '[::1]:443', ' h\t'])
      assert.equal(only(`GET / HTTP/1.1\r\nHost:${host}\r\n\r\n`).headers.get('host'), host.trim());
  });

  it('takes the path out of a target in absolute form', () => {
    const rows: [string, string, string][] = [
      ['http://h:80/p?q', '/p', 'q'],
      ['HTTPS://h', '/', ''],
      ['http://h?q', '/', 'q'],
      ['*', '*', ''],
    ];
    for (const [target, path, query] of rows) {
      const request = only(`OPTIONS ${target} HTTP/1.1\r\nHost: h\r\n\r\n`);
      assert.deepEqual([request.path, request.query], [path, query]);
    }
  });

  it('keeps the connection as the version and the Connection header say', () => {
    const rows: [string, boolean][] = [
      ['HTTP/1.1\r\nHost: h', true],
      ['HTTP/1.1\r\nHost: h\r\nConnection: close', false],
      ['HTTP/1.1\r\nHost: h\r\nConnection: TE, Close', false],
      ['HTTP/1.0', false],
      ['HTTP/1.0\r\nConnection: Keep-Alive', true],
      ['HTTP/1.0\r\nConnection: keep-alive, close', false],
    ];
    for (const [rest, keepAlive] of rows) assert.equal(only(`GET / ${rest}\r\n\r\n`).keepAlive, keepAlive, rest);
  });

  it('gives pipelined requests one by one', () => {
    const text = `${get}POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi\r\n${get}`;
    for (const size of [1, 2, 3, 7, text.length]) {
      const { requests } = parse(text, size);
      assert.deepEqual(
        requests.map((request) => `${request.method} ${request.path} ${Buffer.from(request.body).toString()}`),
        ['GET /a ', 'POST /b hi', 'GET /a '],
      );
    }
  });

  it('takes the chunked coding off, with extensions and trailers', () => {
    const head = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n';
    const text = `${head}3 \t;a="b;c\\"ÿ"; d = e ;f\r\nabc\r\n0000000000A\r\n0123456789\r\n0\r\nX-T: v\r\nY:\r\n\r\n${get}`;
    for (const size of [1, 2, 5, text.length]) {
      const { requests, message } = parse(text, size);
      assert.equal(requests.length, 2, message);
      assert.equal(Buffer.from(requests[0]?.body ?? []).toString(), 'abc0123456789');
    }
  });

  it('asks for the body of a client that waits, once', () => {
    const head = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n';
    const parser = new RequestParser();
    parser.feed(Buffer.from(head));
    assert.equal(parser.next(), undefined);
    assert.deepEqual([parser.takeContinue(), parser.takeContinue()], [true, false]);
    parser.feed(Buffer.from('ok'));
    assert.equal(Buffer.from(parser.next()?.body ?? []).toString(), 'ok');
    parser.feed(Buffer.from(`${head}ok`));
    assert.notEqual(parser.next(), undefined);
    assert.equal(parser.takeContinue(), false);
  });

  it('says where in a message it is', () => {
    const parser = new RequestParser();
    const seen = [];
    for (const piece of ['', 'G', 'ET / HTTP/1.1\r\n', 'Host: h\r\nContent-Length: 2\r\n\r\n', 'x', 'y']) {
      parser.feed(Buffer.from(piece));
      parser.next();
      seen.push(parser.phase);
    }
    assert.deepEqual(seen, ['idle', 'head', 'head', 'body', 'body', 'idle']);
  });

  const rows: [name: string, text: string, status: number, message: RegExp][] = [
    [
      'two equal lengths',
      'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n',
      400,
      /more than one/,
    ],
    ...['', '=b', 'a=', 'a=,', 'a\xff', 'a="', 'a="b"c', 'a b', '"a"'].map((extension): (typeof rows)[number] => [
      `the chunk extension ${JSON.stringify(extension)}`,
      `POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;${extension}\r\nabc\r\n0\r\n\r\n`,
      400,
      /in a chunk extension$|after the size of a chunk$/,
    ]),
    ['a list of lengths', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n', 400, /not a number/],
    ['a signed length', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n', 400, /not a number/],
    ['an empty length', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n', 400, /not a number/],
    [
      'length and coding',
      'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      /both/,
    ],
    ['coding in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', 400, /HTTP\/1.0/],
    ['chunked twice', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n', 400, /last/],
    ['chunked not last', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n', 400, /last/],
    ['another coding', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 501, /chunked/],
    ['a strange coding', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n', 501, /chunked/],
    ['bare line feeds', 'GET / HTTP/1.1\nHost: h\n\n', 400, /0x0a in the version/],
    ['a bare line feed in a header', 'GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n', 400, /line feed without/],
    ['a bare carriage return', 'GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n', 400, /carriage return without/],
    ['a folded line', 'GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n', 400, /folded/],
    ['space before the colon', 'GET / HTTP/1.1\r\nHost : h\r\n\r\n', 400, /before the colon/],
    ['a line without colon', 'GET / HTTP/1.1\r\nHost\r\n\r\n', 400, /without a colon/],
    ['an empty name', 'GET / HTTP/1.1\r\n: h\r\n\r\n', 400, /':' in a header name/],
    ['a zero byte', 'GET / HTTP/1.1\r\nHost: h\0\r\n\r\n', 400, /control character 0x00/],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400, /without Host/],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400, /more than one Host/],
    ['two spaces', 'GET  / HTTP/1.1\r\nHost: h\r\n\r\n', 400, /target of the request line is empty/],
    ['no version', 'GET /\r\nHost: h\r\n\r\n', 400, /0x0d in the target/],
    ['a lower-case version', 'GET / http/1.1\r\nHost: h\r\n\r\n', 400, /'h' in the version/],
    ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: h\r\n\r\n', 505, /HTTP\/1.1/],
    ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: h\r\n\r\n', 505, /HTTP\/1.1/],
    ['bytes beyond ASCII in the target', 'GET /\xe9 HTTP/1.1\r\nHost: h\r\n\r\n', 400, /0xe9 in the target/],
    [
      'a length with a no-break space',
      'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \xa04\r\n\r\n',
      400,
      /not a number/,
    ],
    [
      'a coding with a no-break space',
      'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\xa0\r\n\r\n',
      501,
      /chunked/,
    ],
    ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400, /0x20 in Host/],
    ['a host with a user', 'GET / HTTP/1.1\r\nHost: u@h\r\n\r\n', 400, /'@' in Host/],
    ['a target that is none', 'GET index.html HTTP/1.1\r\nHost: h\r\n\r\n', 400, /neither a path/],
    ['another expectation', 'GET / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\n\r\n', 417, /100-continue/],
    [
      'a chunk size that is none',
      'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\n',
      400,
      /'x' in the size/,
    ],
    [
      'a huge chunk size',
      'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n100000000\r\n',
      400,
      /too many digits/,
    ],
    [
      'an overlong chunk',
      'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
      400,
      /longer than its size/,
    ],
    [
      'a bare line feed after a chunk size',
      'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\nab\r\n',
      400,
      /0x0a in the size/,
    ],
  ];
  for (const [name, text, status, message] of rows) {
    it(`refuses ${name}, however it is split`, () => {
      const whole = parse(text);
      assert.deepEqual([whole.requests.length, whole.status], [0, status]);
      assert.match(whole.message ?? '', message);
      for (const size of [1, 2, 3, 11]) assert.deepEqual(parse(text, size), whole);
    });
  }

  it('bounds the head, the body and what a chunked body carries beside its data', () => {
    const limits = { maxHeaderBytes: 64, maxBodyBytes: 10 };
    const chunked = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n';
    const texts: [string, number | undefined][] = [
      [`GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(32)}\r\n\r\n`, undefined],
      [`GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(33)}\r\n\r\n`, 431],
      [`GET /${'x'.repeat(100)}`, 431],
      ['POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789', undefined],
      ['POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n', 413],
      [`${chunked}6\r\n012345\r\n4\r\n6789\r\n0\r\n\r\n`, undefined],
      [`${chunked}6\r\n012345\r\n5\r\n6789a\r\n0\r\n\r\n`, 413],
      [`${chunked}1;${'x'.repeat(65)}`, 431],
      [`${chunked}${'0'.repeat(65)}`, 431],
      [`${chunked}1${' '.repeat(66)}`, 431],
      [`${chunked}0\r\n${'x: y\r\n'.repeat(20)}`, 431],
    ];
    for (const [text, status] of texts) {
      for (const size of [1, 7, text.length]) assert.equal(parse(text, size, limits).status, status, text);
    }
  });

  it('does not mind a caller that reuses its buffer', () => {
    const parser = new RequestParser();
    const buffer = Buffer.from(get.slice(0, 20));
    parser.feed(buffer);
    buffer.fill(0);
    parser.feed(Buffer.from(get.slice(20)));
    const request = parser.next();
    parser.feed(Buffer.from(get.replace('Host: h', 'Host: i')));
    parser.next();
    assert.equal(request?.headers.get('host'), 'h');
  });

  it('keeps no memory of a long body when the request is taken', async () => {
    const long = Buffer.from(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1e6)}`);
    const before = heldBytes();
    const parsers = Array.from({ length: 50 }, () => {
      const parser = new RequestParser();
      parser.feed(long);
      assert.equal(parser.next()?.body.length, 1e6);
      assert.equal(parser.next(), undefined);
      return parser;
    });
    // All of them would hold fifty times the request; one may still lie on the stack.
    await eventually('the memory is given back', () => heldBytes() - before < 5 * long.length);
    for (const parser of parsers) {
      parser.feed(Buffer.from(get));
      assert.equal(parser.next()?.path, '/a');
    }
  });
});
