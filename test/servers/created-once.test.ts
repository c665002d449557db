import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startServer } from '../../src/servers/host.js';
import { moduleWith } from '../support/module-with.js';

declare global {
  /** How often the application has been created: it lives in this process. */
  var created: number;
}

const app = moduleWith(
  'counting',
  `export default () => {
     globalThis.created += 1;
     return { handle: () => ({ status: 200 }) };
   };`,
);

describe('an application that is served by the thread that loads it', { timeout: 30_000 }, () => {
  for (const mode of ['event-loop', 'node-http'])
    it(`is created once: ${mode}`, async () => {
      globalThis.created = 0;
      await using _server = await startServer({ mode, app });
      assert.equal(globalThis.created, 1);
    });
});
