import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { HttpError } from '../../../src/net/http/http-error.js';
import { ResponseParser } from '../../../src/net/http/response-parser.js';
import { hasBadSpace, inPieces, mutated, responseText, runs, seed } from './arbitrary.js';
import { nodeResponse, type Parsed } from './oracle.js';

/** One response out of what a server sent before it closed; what follows it is left alone. */
function ourResponse(method: string, pieces: readonly Buffer[]): Parsed {
  const parser = new ResponseParser();
  parser.begin({ head: method === 'HEAD', keepHeaders: true, keepBody: true });
  try {
    for (const piece of pieces) {
      if (!parser.complete) parser.execute(piece, 0, piece.length);
    }
    parser.end();
  } catch (error) {
    assert.ok(error instanceof HttpError, String(error));
    return { messages: [], refused: true };
  }
  const message = {
    start: String(parser.status),
    headers: [...(parser.headers?.entries() ?? [])].flat(),
    body: Buffer.from(parser.takeBody()).toString('latin1'),
  };
  return { messages: [message], refused: false };
}

const method = fc.constantFrom('GET', 'GET', 'HEAD');

describe(`ResponseParser beside node:http (seed ${seed})`, () => {
  it('agrees on every well-formed response, split anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(method, inPieces(responseText), async (asked, pieces) => {
        const ours = ourResponse(asked, pieces);
        const theirs = await nodeResponse(asked, pieces);
        assert.deepEqual(ours.messages, theirs.messages);
      }),
      { seed, numRuns: runs },
    );
  });

  it('gives the same split at every byte as whole', () => {
    fc.assert(
      fc.property(method, fc.oneof(responseText, mutated(responseText)), (asked, text) => {
        const bytes = Buffer.from(text, 'latin1');
        const bytewise = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
        assert.deepEqual(ourResponse(asked, bytewise), ourResponse(asked, [bytes]));
      }),
      { seed, numRuns: runs },
    );
  });

  it('never crashes on a mutation, and takes no message for complete that Node does not', async () => {
    await fc.assert(
      fc.asyncProperty(method, inPieces(mutated(responseText)), async (asked, pieces) => {
        fc.pre(!hasBadSpace(pieces));
        const ours = ourResponse(asked, pieces);
        if (ours.refused) return;
        const theirs = await nodeResponse(asked, pieces);
        assert.deepEqual(ours.messages, theirs.messages);
      }),
      { seed, numRuns: runs },
    );
  });
});
