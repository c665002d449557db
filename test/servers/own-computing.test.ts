import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { everyArchitecture, keepAlive, skipReason, workers } from '../support/architectures.js';
import { startServerProcess } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { moduleWith, temporaryFile } from '../support/module-with.js';
import { get, RawConnection } from '../support/raw-connection.js';

const limitMs = 200;

const app = moduleWith(
  'marking',
  `import { writeFileSync } from 'node:fs';
   export default () => ({
     *handle({ path, query }) {
       if (path !== '/compute') return { status: 200 };
       yield { kind: 'cpu', task: () => {
         writeFileSync(decodeURIComponent(query), '');
         for (const until = performance.now() + ${2 * limitMs}; performance.now() < until;);
       } };
       return { status: 200 };
     },
   });`,
);

/** What a client is answered whose request arrives in time while another computes; `undefined` when it came too late. */
async function askWhileItComputes(port: number, mark: string): Promise<number | undefined> {
  using computing = await RawConnection.open(port);
  using asking = await RawConnection.open(port);
  const began = performance.now();
  await asking.send('GET / HT');
  await computing.send(get(`/compute?${encodeURIComponent(mark)}`, 'Connection: close'));
  await eventually('it computes', () => existsSync(mark));
  await asking.send('TP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n');
  const isInTime = performance.now() - began < limitMs;
  const { status } = await asking.response();
  return isInTime ? status : undefined;
}

// Where a thread computes, it cannot look at the clock and at its sockets: both have moved on when it does.
describe('a server that has computed', { concurrency: 3, timeout: 60_000 }, () => {
  for (const architecture of everyArchitecture) {
    const { id: mode } = architecture;
    it(`blames nobody for it, on ${mode}`, { skip: skipReason(architecture) }, async () => {
      const set = [...keepAlive(architecture), ...workers(architecture, 1), `headerTimeout=${limitMs}ms`];
      await using server = await startServerProcess({ mode, app, set });
      let attempts = 0;
      const status = await eventually('a client is quick enough', () =>
        askWhileItComputes(server.port, temporaryFile(`${mode}-${attempts++}`)),
      );
      assert.equal(status, 200);
    });
  }
});
