import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Client } from '../../src/client/client.js';
import { encodeFrame } from '../../src/net/frames/encode-frame.js';
import type { Architecture } from '../../src/servers/architecture.js';
import { resolveMode } from '../../src/servers/catalogue.js';
import type { Server } from '../../src/servers/host.js';
import { everyArchitecture, skipReason, workers } from '../support/architectures.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { moduleWith, temporaryFile } from '../support/module-with.js';
import { fetchOnce, get, RawConnection } from '../support/raw-connection.js';

// `/wait?FILE` waits for `/open`, then computes: which is told by a line in the file. `/hold?PIPE` computes until
// somebody writes into the pipe.
const app = moduleWith(
  'told',
  `import { appendFileSync, readFileSync } from 'node:fs';
   export default () => {
     let isOpen = false;
     return { *handle({ path, query }) {
       const file = decodeURIComponent(query);
       if (path === '/open') isOpen = true;
       if (path === '/wait') while (!isOpen) yield { kind: 'sleep', ms: 1 };
       if (path === '/wait' || path === '/compute') yield { kind: 'cpu', task: () => appendFileSync(file, 'computed\\n') };
       if (path === '/hold') yield { kind: 'cpu', task: () => readFileSync(file) };
       // Longer than those sleep who wait: they have had their turn before.
       yield { kind: 'sleep', ms: 20 };
       return { status: 200 };
     } };
   };`,
);

const noneIsOpen = (server: Server): Promise<true> =>
  eventually('they are gone', async () => (await server.stats()).connections.open === 0);

const askings: readonly [protocol: string, clients: number, request: (target: string) => string | Uint8Array][] = [
  ['http', 8, (target) => get(target)],
  ['frames', 1, (target) => Buffer.concat(Array.from({ length: 8 }, (_, id) => encodeFrame({ id, target })))],
];

/** Families in which Node looks at every socket all the time. */
const looksAtAll = new Set(['event loop', 'processes', 'hybrid']);

function examine(architecture: Architecture): void {
  const mode = architecture.id;
  for (const [protocol, clients, request] of askings) {
    // Our runtimes look at a socket when its coroutine receives or sends: one of HTTP does neither while it waits.
    if (protocol === 'http' && !looksAtAll.has(architecture.family)) continue;
    it(`computes nothing for them: ${protocol}`, async () => {
      const told = temporaryFile(`${mode}-${protocol}`);
      await using server = await startServer({ mode, app, protocol, set: workers(architecture, 1) });
      const connections = await Promise.all(Array.from({ length: clients }, () => RawConnection.open(server.port)));
      for (const connection of connections) await connection.send(request(`/wait?${encodeURIComponent(told)}`));
      await eventually('all are in work', async () => (await server.stats()).requests === 8);
      for (const connection of connections) connection.reset();
      await noneIsOpen(server);
      using last = await RawConnection.open(server.port);
      await last.send(protocol === 'http' ? get('/open') : encodeFrame({ id: 1, target: '/open' }));
      await last.arrived();
      assert.ok(!existsSync(told));
    });
  }
}

const counting = moduleWith(
  'counting',
  `export default () => {
     let computed = 0;
     const task = () => {
       computed += 1;
       for (const end = performance.now() + 20; performance.now() < end;);
     };
     return { *handle({ path }) {
       if (path === '/compute') yield { kind: 'cpu', task };
       return { status: 200, body: String(computed) };
     } };
   };`,
);

/** One who has said all, and leaves while his requests are computed. */
function examineAfterTheLastByte(architecture: Architecture): void {
  it('computes no further when an answer cannot be sent: frames', async () => {
    const set = workers(architecture, 1);
    await using server = await startServer({ mode: architecture.id, app: counting, protocol: 'frames', set });
    const count = 250;
    const connection = await RawConnection.open(server.port);
    const requests = Array.from({ length: count }, (_, id) => encodeFrame({ id, target: '/compute' }));
    await connection.send(Buffer.concat(requests));
    connection.socket.end();
    await connection.arrived();
    connection.reset();
    await noneIsOpen(server);
    await using client = new Client({ port: server.port });
    const { body } = await client.call('/count');
    const computed = Number(body);
    assert.ok(computed < count, `${computed} of ${count}`);
  });
}

const answeringLong = moduleWith(
  'answering-long',
  `export default () => {
     let made = 0;
     return { handle({ path }) {
       if (path !== '/long') return { status: 200, body: String(made) };
       made += 1;
       return { status: 200, body: 'x'.repeat(8e6) };
     } };
   };`,
);

/** One whose answers are long and made at once: each is made when the one before has left. */
function examineLongAnswers(architecture: Architecture): void {
  it('makes no more answers for them: frames', async () => {
    const set = workers(architecture, 1);
    await using server = await startServer({ mode: architecture.id, app: answeringLong, protocol: 'frames', set });
    const connection = await RawConnection.open(server.port);
    connection.socket.pause();
    await connection.send(Buffer.concat(Array.from({ length: 50 }, (_, id) => encodeFrame({ id, target: '/long' }))));
    await eventually('the first is in work', async () => (await server.stats()).requests > 0);
    connection.reset();
    await noneIsOpen(server);
    await using client = new Client({ port: server.port });
    const { body } = await client.call('/made');
    const made = Number(body);
    assert.ok(made <= 3, `${made} of 50 were made`);
  });
}

// A thread that blocks cannot see that somebody leaves: it does not look at the socket.
const watching = everyArchitecture.filter(({ family }) => family !== 'blocking');

describe('peers that have left', { concurrency: 3, timeout: 60_000 }, () => {
  for (const architecture of watching)
    describe(architecture.id, { skip: skipReason(architecture), concurrency: 1 }, () => {
      examine(architecture);
      examineAfterTheLastByte(architecture);
      examineLongAnswers(architecture);
    });
});

const pooled = await resolveMode('pooled');

describe(
  'a peer that has left while its task waited for the slot',
  { skip: skipReason(pooled), timeout: 60_000 },
  () => {
    it('costs pooled no computing', async () => {
      const [told, pipe] = [temporaryFile('pooled-slot'), temporaryFile('pooled-pipe')];
      execFileSync('mkfifo', [pipe]);
      const fd = openSync(pipe, 'r+');
      await using server = await startServer({ mode: 'pooled', app, set: ['workers=2', 'cpuLimit=1'] });
      using holding = await RawConnection.open(server.port);
      await holding.send(get(`/hold?${encodeURIComponent(pipe)}`, 'Connection: close'));
      await eventually('it holds the slot', async () => (await server.stats()).cpuTasks.running === 1);
      const path = `/compute?${encodeURIComponent(told)}`;
      using leaving = await RawConnection.open(server.port);
      await leaving.send(get(path));
      await eventually('a task waits', async () => (await server.stats()).cpuTasks.waited === 1);
      leaving.reset();
      await eventually('it has left', async () => (await server.stats()).connections.open === 1);
      const staying = fetchOnce(server.port, path);
      await eventually('another waits', async () => (await server.stats()).cpuTasks.waited === 2);
      writeSync(fd, 'at last');
      closeSync(fd);
      assert.equal((await holding.response()).status, 200);
      assert.equal((await staying).status, 200);
      assert.equal(readFileSync(told, 'utf8'), 'computed\n');
    });
  },
);
