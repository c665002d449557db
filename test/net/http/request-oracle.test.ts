import assert from 'node:assert/strict';
import { METHODS } from 'node:http';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { HttpError } from '../../../src/net/http/http-error.js';
import { RequestParser } from '../../../src/net/http/request-parser.js';
import { hasBadSpace, inPieces, mutated, requestStream, runs, seed } from './arbitrary.js';
import { type Message, nodeRequests, type Parsed } from './oracle.js';

function ourRequests(pieces: readonly Buffer[]): Parsed {
  const parser = new RequestParser();
  const messages: Message[] = [];
  try {
    for (const piece of pieces) {
      parser.feed(piece);
      for (let request = parser.next(); request !== undefined; request = parser.next()) {
        messages.push({
          start: `${request.method} ${request.target}`,
          headers: [...request.headers.entries()].flat(),
          body: Buffer.from(request.body).toString('latin1'),
        });
        // The client closes: a server does not look at what follows.
        if (!request.keepAlive) return { messages, refused: false };
      }
    }
  } catch (error) {
    assert.ok(error instanceof HttpError, String(error));
    return { messages, refused: true };
  }
  return { messages, refused: false };
}

/** Node refuses methods it does not know; to us any token is one. */
function asStrictAsNode(ours: Parsed): Parsed {
  const unknown = ours.messages.findIndex(({ start }) => !METHODS.includes(start.slice(0, start.indexOf(' '))));
  return unknown === -1 ? ours : { messages: ours.messages.slice(0, unknown), refused: true };
}

describe(`RequestParser beside node:http (seed ${seed})`, () => {
  it('agrees on every well-formed request, split anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(inPieces(requestStream), async (pieces) => {
        const ours = ourRequests(pieces);
        const theirs = await nodeRequests(pieces);
        assert.equal(ours.refused, false);
        assert.deepEqual(ours.messages, theirs.messages);
      }),
      { seed, numRuns: runs },
    );
  });

  it('gives the same split at every byte as whole', () => {
    fc.assert(
      fc.property(fc.oneof(requestStream, mutated(requestStream)), (text) => {
        const bytes = Buffer.from(text, 'latin1');
        const bytewise = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
        assert.deepEqual(ourRequests(bytewise), ourRequests([bytes]));
      }),
      { seed, numRuns: runs },
    );
  });

  it('never crashes on a mutation, and never disagrees on where a message ends', async () => {
    await fc.assert(
      fc.asyncProperty(inPieces(mutated(requestStream)), async (pieces) => {
        fc.pre(!hasBadSpace(pieces));
        const ours = asStrictAsNode(ourRequests(pieces));
        const theirs = await nodeRequests(pieces);
        // Stricter is fine (RequestParser says where), different is not.
        if (ours.refused) assert.deepEqual(ours.messages, theirs.messages.slice(0, ours.messages.length));
        // Where Node has refused what we have not, it was an unknown method: of a head that is still incomplete.
        else assert.deepEqual(ours.messages, theirs.messages);
      }),
      { seed, numRuns: runs },
    );
  });
});
