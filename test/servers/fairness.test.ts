import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { cpu } from '../../src/servers/application.js';
import { type Connection, settle, spawn } from '../../src/servers/connection.js';
import { Counters } from '../../src/servers/counters.js';
import { runAtOnce } from '../../src/servers/executors/loop/effects.js';
import { oneCpuTaskPerTurn } from '../../src/servers/executors/loop/one-cpu-task-per-turn.js';
import { everyArchitecture, skipReason, those, workers } from '../support/architectures.js';
import { startServer, startServerProcess } from '../support/cold-server.js';
import { moduleWith } from '../support/module-with.js';
import { get, RawConnection } from '../support/raw-connection.js';
import { runConnections } from './runtime/scripted-io.js';

function* computeTwice(name: string, seen: string[]): Connection {
  for (const i of [1, 2]) yield* cpu(() => seen.push(`${name}${i}`));
}

function* computeInJobs(name: string, seen: string[]): Connection {
  for (const i of [1, 2])
    yield spawn(
      (function* () {
        yield* cpu(() => seen.push(`${name}${i}`));
        return Buffer.from('');
      })(),
    );
  yield settle(0);
}

/** Computes a little for each request, and says in which order they came to it. */
const ordering = moduleWith(
  'ordering',
  `import { cpu } from 'archbench/app';
   export default () => {
     const seen = [];
     return {
       *handle({ path }) {
         if (path === '/seen') return { status: 200, body: JSON.stringify(seen) };
         yield* cpu(() => {
           seen.push(path);
           for (const end = performance.now() + 2; performance.now() < end;);
         });
         return { status: 200 };
       },
     };
   };`,
);

/** Counts how many requests come one after the other, before the event loop has turned. */
const countingInARow = moduleWith(
  'counting-in-a-row',
  `export default () => {
     let inARow = 0;
     let most = 0;
     return { handle({ path }) {
       if (path === '/most') return { status: 200, body: String(most) };
       if (inARow === 0) setImmediate(() => { inARow = 0; });
       inARow += 1;
       most = Math.max(most, inARow);
       return { status: 204 };
     } };
   };`,
);

const always = (): boolean => true;

function fail(): never {
  throw new Error('no result');
}

describe('a connection that has much to compute', () => {
  for (const architecture of everyArchitecture.filter(({ family }) => family !== 'blocking')) {
    const { id: mode } = architecture;
    it(`takes turns with the others, on ${mode}`, { skip: skipReason(architecture) }, async () => {
      await using server = await startServer({ mode, app: ordering, set: workers(architecture, 1) });
      using greedy = await RawConnection.open(server.port);
      using modest = await RawConnection.open(server.port);
      // So that both are open before there is anything to compute.
      for (const connection of [greedy, modest]) {
        await connection.send(get('/seen'));
        await connection.response();
      }
      const count = 40;
      await greedy.send(get('/greedy').repeat(count));
      await greedy.response();
      await modest.send(get('/modest'));
      await modest.response();
      for (let i = 1; i < count; i++) await greedy.response();
      await modest.send(get('/seen'));
      const seen = JSON.parse((await modest.response()).body.toString()) as string[];
      assert.ok(seen.indexOf('/modest') < count, `after ${seen.indexOf('/modest')} others`);
    });
  }

  it('takes turns with the others, on the runtime', async () => {
    const seen: string[] = [];
    await runConnections(() => [
      () => computeTwice('a', seen),
      () => computeTwice('b', seen),
      () => computeInJobs('c', seen),
    ]);
    assert.deepEqual(seen, ['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
  });

  it("takes turns with the others, on Node's event loop", async () => {
    const seen: string[] = [];
    const gate = oneCpuTaskPerTurn(runAtOnce(Counters.allocate()));
    const first = gate(() => seen.push('first'), always);
    const second = gate(() => seen.push('second'), always);
    const third = gate(() => seen.push('third'), always);
    seen.push('others');
    assert.deepEqual(first, { value: 1 });
    await second;
    assert.deepEqual(seen, ['first', 'others', 'second']);
    await third;
    assert.deepEqual(seen, ['first', 'others', 'second', 'third']);
  });

  it("asks for one callback a turn, however many wait, on Node's event loop", async (test) => {
    const gate = oneCpuTaskPerTurn(runAtOnce(Counters.allocate()));
    const setImmediates = test.mock.method(globalThis, 'setImmediate');
    const waiting = Array.from({ length: 100 }, (_, i) => gate(() => i, always));
    const values = await Promise.all(waiting.slice(1).map((value) => Promise.resolve(value)));
    assert.deepEqual(
      values,
      Array.from({ length: 99 }, (_, i) => ({ value: i + 1 })),
    );
    assert.ok(setImmediates.mock.callCount() <= 101);
  });

  it('stands in line once, where its tasks wait for what others have', async () => {
    const begun: number[] = [];
    const free: (() => void)[] = [];
    const gate = oneCpuTaskPerTurn(async (task) => {
      task();
      await new Promise<void>((resolve) => free.push(resolve));
      return { value: undefined };
    });
    const tasks = [0, 1, 2].map((i) => gate(() => begun.push(i), always));
    for (const task of tasks) {
      await nextTurn();
      await nextTurn();
      assert.equal(begun.length, tasks.indexOf(task) + 1);
      free.shift()?.();
      await task;
    }
  });

  it('passes on what a task throws, and goes on', async () => {
    const gate = oneCpuTaskPerTurn(runAtOnce(Counters.allocate()));
    assert.throws(() => gate(fail, always), /no result/);
    await assert.rejects(Promise.resolve(gate(fail, always)), /no result/);
    assert.deepEqual(await gate(() => 5, always), { value: 5 });
  });

  it('gives a value as it is, also one that has a then', async () => {
    const gate = oneCpuTaskPerTurn(runAtOnce(Counters.allocate()));
    // Just that is what must not be taken for a promise.
    // oxlint-disable-next-line unicorn/no-thenable
    const value = { then: () => undefined };
    assert.equal((await gate(() => value, always)).value, value);
    assert.equal((await gate(() => value, always)).value, value);
  });

  it('computes nothing any more for a peer that has left', async () => {
    const seen: string[] = [];
    const gate = oneCpuTaskPerTurn(runAtOnce(Counters.allocate()));
    void gate(() => undefined, always);
    await gate(
      () => seen.push('in vain'),
      () => false,
    );
    await nextTurn();
    assert.deepEqual(seen, []);
  });
});

describe('a connection that sends faster than it is served', () => {
  for (const architecture of those('event-loop', 'pooled')) {
    const { id: mode } = architecture;
    const skip = skipReason(architecture);
    it(`lets the others in after a few buffers full, on ${mode}`, { skip }, async () => {
      const set = workers(architecture, 1);
      await using server = await startServerProcess({ mode, app: countingInARow, set });
      using connection = await RawConnection.open(server.port);
      const request = get('/');
      const count = Math.ceil(4e6 / request.length);
      await connection.send(request.repeat(count));
      for (let i = 0; i < count; i++) await connection.response();
      await connection.send(get('/most'));
      const most = Number((await connection.response()).body.toString());
      assert.ok(most * request.length <= 256 * 1024, `${most * request.length} bytes in a row`);
    });
  }
});
