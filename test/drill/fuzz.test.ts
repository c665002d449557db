import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { HttpError } from '../../src/net/http/http-error.js';
import { ResponseParser } from '../../src/net/http/response-parser.js';
import { transports, type Incoming } from '../../src/drill/transport.js';
import { ScriptedServer } from '../support/scripted-server.js';
import { seed } from '../support/seed.js';
import { openTransport, originOf, outgoing, skipReason } from '../support/transports.js';

const transportKinds = await transports.all();

const valid = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nT: v\r\n\r\n',
  'HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno',
  'HTTP/1.0 200 OK\r\nServer: x\r\n\r\nuntil the end',
  'HTTP/1.1 204 No Content\r\n\r\n',
];

const pieces = [
  '\r\n',
  '\r',
  '\n',
  '\0',
  ' ',
  ':',
  ';',
  'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  '-1',
  'fffffffff',
  'HTTP/1.1 ',
];

/** Endless responses with a few bytes changed, lost, doubled or added; the same for the same seed. */
function mutations(of: number): () => Buffer {
  const random = xoroshiro128plus(of);
  const below = (limit: number): number => uniformInt(random, 0, limit - 1);
  return () => {
    let bytes = Buffer.from(valid[below(valid.length)] as string, 'latin1');
    for (let edits = 1 + below(4); edits > 0; edits -= 1) {
      const at = below(bytes.length + 1);
      const kinds = [
        () =>
          Buffer.concat([
            bytes.subarray(0, at),
            Buffer.from(pieces[below(pieces.length)] as string),
            bytes.subarray(at),
          ]),
        () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + below(6)))]),
        () => Buffer.concat([bytes.subarray(0, at), Buffer.from([below(256)]), bytes.subarray(at + 1)]),
        () => Buffer.concat([bytes, bytes.subarray(at)]),
        () => bytes.subarray(0, at),
      ];
      bytes = (kinds[below(kinds.length)] as () => Buffer<ArrayBuffer>)();
    }
    return bytes;
  };
}

describe(`mutated responses (seed ${seed})`, () => {
  it('never crash the parser: 100 000 of them, each read to an end or refused', () => {
    const next = mutations(seed);
    const outcomes = { complete: 0, refused: 0, unfinished: 0 };
    for (let i = 0; i < 100_000; i += 1) {
      const bytes = next();
      const parser = new ResponseParser();
      parser.begin({ head: false, keepHeaders: i % 2 === 0, keepBody: true });
      try {
        // In two pieces, cut anywhere.
        const cut = i % (bytes.length + 1);
        if (cut > 0) parser.execute(bytes, 0, cut);
        if (!parser.complete && cut < bytes.length) parser.execute(bytes, cut, bytes.length);
        if (!parser.complete && parser.untilClose) parser.end();
        if (parser.complete) {
          assert.ok(parser.status >= 200 && parser.status <= 999);
          assert.equal(parser.takeBody().length, parser.bodyBytes);
          outcomes.complete += 1;
        } else outcomes.unfinished += 1;
      } catch (error) {
        assert.ok(error instanceof HttpError && error.status === 502, String(error));
        outcomes.refused += 1;
      }
    }
    // None of the three is rare: the mutations reach every part of the parser.
    for (const count of Object.values(outcomes)) assert.ok(count > 5000, JSON.stringify(outcomes));
  });

  for (const kind of transportKinds) {
    it(`never hang the transport ${kind.id}, and are counted by class`, { skip: skipReason(kind) }, async () => {
      const next = mutations(seed + 1);
      await using server = await ScriptedServer.start((socket) => void socket.end(next()));
      await using transport = await openTransport(kind);
      const prepared = transport.prepare(outgoing(originOf(server.port)));
      const results = new Map<string, number>();
      const count = (incoming: Incoming): void => {
        const name = incoming.kind === 'response' ? 'response' : incoming.class;
        results.set(name, (results.get(name) ?? 0) + 1);
      };
      const client = async (): Promise<void> => {
        for (let i = 0; i < 100; i += 1) count(await transport.send(prepared));
      };
      await Promise.all(Array.from({ length: 8 }, client));
      const total = [...results.values()].reduce((sum, number) => sum + number, 0);
      assert.equal(total, 800);
      assert.deepEqual(
        new Set(results.keys()),
        new Set(['response', 'protocol', 'reset']),
        JSON.stringify([...results]),
      );
    });
  }
});
