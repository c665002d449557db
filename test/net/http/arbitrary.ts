import * as fc from 'fast-check';

export { seed } from '../../support/seed.js';

/** How many cases each property tries; more when looking for trouble. */
export const runs = Number(process.env['ARCHBENCH_RUNS'] ?? 300);

const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
const fieldName = fc
  .oneof(token, fc.constantFrom('Accept', 'X-A', 'Cookie', "a!#$%&'*+.^_`|~1"))
  .filter(
    (name) =>
      !/^(host|connection|upgrade|expect|content-length|transfer-encoding|keep-alive|proxy-connection)$/i.test(name),
  );
const fieldValue = fc.oneof(
  fc.stringMatching(/^[\x20-\x7e\t]{0,20}$/),
  fc.constantFrom('', 'a, b', 'ü', '"quoted; value"'),
);
const padding = fc.constantFrom('', ' ', '\t', '  ');
const field = fc
  .tuple(fieldName, padding, fieldValue, padding)
  .map(([name, before, value, after]) => `${name}:${before}${value}${after}\r\n`);

const body = fc.oneof(
  fc.constantFrom('', 'x', '\r\n\r\n', '0\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n'),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

const hexCase = fc.constantFrom(
  (text: string) => text,
  (text: string) => text.toUpperCase(),
  (text: string) => `00${text}`,
);
const chunkedBody = fc
  .tuple(
    fc.array(
      fc.tuple(
        body.filter((text) => text !== ''),
        hexCase,
        fc.constantFrom('', ';a', ';a=b', ';a="c"'),
      ),
    ),
    fc.array(field, { maxLength: 2 }),
  )
  .map(([chunks, trailers]) => {
    const data = chunks.map(
      ([text, spell, extension]) => `${spell(text.length.toString(16))}${extension}\r\n${text}\r\n`,
    );
    return `${data.join('')}0\r\n${trailers.join('')}\r\n`;
  });

/** Framing headers and the body that fits them. */
const framedBody = fc.oneof(
  { weight: 2, arbitrary: fc.constant('\r\n') },
  { weight: 2, arbitrary: body.map((text) => `Content-Length: ${text.length}\r\n\r\n${text}`) },
  { weight: 2, arbitrary: chunkedBody.map((text) => `Transfer-Encoding: chunked\r\n\r\n${text}`) },
);

/** One well-formed request. */
const request = fc
  .record({
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'),
    target: fc.oneof(fc.constant('/'), fc.stringMatching(/^\/[\x21\x24-\x7e]{0,20}$/), fc.constant('http://h/p')),
    connection: fc.constantFrom('', '', '', 'Connection: keep-alive\r\n', 'connection: close\r\n'),
    fields: fc.array(field, { maxLength: 3 }),
    framed: framedBody,
  })
  .map(
    ({ method, target, connection, fields, framed }) =>
      `${method} ${target} HTTP/1.1\r\nHost: h\r\n${connection}${fields.join('')}${framed}`,
  );

/** Requests one after the other on one connection. */
export const requestStream = fc.array(request, { minLength: 1, maxLength: 3 }).map((texts) => texts.join(''));

/** One well-formed response, interim ones before it, some ending with the connection. */
export const responseText = fc
  .record({
    interim: fc.constantFrom('', '', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'),
    version: fc.constantFrom('1.1', '1.1', '1.0'),
    status: fc.constantFrom('200 OK', '201 ', '404 Not Found', '500 Internal Server Error', '302 Found', '299'),
    connection: fc.constantFrom('', 'Connection: keep-alive\r\n', 'Connection: close\r\n'),
    fields: fc.array(field, { maxLength: 3 }),
    framed: fc.oneof(
      framedBody,
      body.map((text) => `\r\n${text}`),
    ),
  })
  .map(
    ({ interim, version, status, connection, fields, framed }) =>
      `${interim}HTTP/${version} ${status}\r\n${connection}${fields.join('')}${framed}`,
  );

/** White space in the line of a chunk: bad, to be taken all the same (RFC 9112 §7.1.1), and refused by Node. */
export function hasBadSpace(pieces: readonly Buffer[]): boolean {
  return /\r\n[0-9a-f]+(?=[^\r\n]*[ \t])[ \t]*(;[^\r\n]*)?\r\n/i.test(Buffer.concat(pieces).toString('latin1'));
}

/** Where a text of any length is cut, as fractions of it. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

/** The bytes of a text, cut anywhere. */
export function inPieces(text: fc.Arbitrary<string>): fc.Arbitrary<Buffer[]> {
  return fc.tuple(text, cuts).map(([whole, fractions]) => {
    const bytes = Buffer.from(whole, 'latin1');
    const ends = fractions.map((fraction) => Math.floor(fraction * bytes.length)).toSorted((a, b) => a - b);
    return [...ends, bytes.length]
      .map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end))
      .filter((piece) => piece.length > 0);
  });
}

const interesting = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '0',
  '1',
  'f',
  '-',
  '\0',
  '\x7f',
  '\xff',
  'Content-Length: 1\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Host: h\r\n',
  'HTTP/1.1',
];

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.constantFrom(0, 1, 1, 2, 5),
  insert: fc.oneof(fc.constant(''), fc.constantFrom(...interesting), fc.constantFrom(...interesting)),
});

/** The text with a few bytes lost, added or replaced. */
export function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(text, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([whole, edits]) => {
    let result = whole;
    for (const { at, drop, insert } of edits) {
      const from = Math.floor(at * result.length);
      result = result.slice(0, from) + insert + result.slice(from + drop);
    }
    return result;
  });
}
