import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { cpu } from '../../src/servers/application.js';
import { type Connection, settle, spawn } from '../../src/servers/connection.js';
import { Counters } from '../../src/servers/counters.js';
import { oneCpuTaskPerTurn } from '../../src/servers/executors/one-cpu-task-per-turn.js';
import { runConnections } from './runtime/scripted-io.js';

describe('a connection that has much to compute', () => {
  const seen: string[] = [];

  function* computeTwice(name: string): Connection {
    for (const i of [1, 2]) yield* cpu(() => seen.push(`${name}${i}`));
  }

  function* computeInJobs(name: string): Connection {
    for (const i of [1, 2])
      yield spawn(
        (function* () {
          yield* cpu(() => seen.push(`${name}${i}`));
          return Buffer.from('');
        })(),
      );
    yield settle(0);
  }

  it('takes turns with the others, on the runtime', async () => {
    seen.length = 0;
    await runConnections(() => [() => computeTwice('a'), () => computeTwice('b'), () => computeInJobs('c')]);
    assert.deepEqual(seen, ['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
  });

  it("takes turns with the others, on Node's event loop", async () => {
    seen.length = 0;
    const gate = oneCpuTaskPerTurn(Counters.allocate());
    const first = gate(
      () => seen.push('first'),
      () => true,
    );
    const second = gate(
      () => seen.push('second'),
      () => true,
    );
    const third = gate(
      () => seen.push('third'),
      () => true,
    );
    seen.push('others');
    assert.deepEqual(first, { value: 1 });
    await second;
    assert.deepEqual(seen, ['first', 'others', 'second']);
    await third;
    assert.deepEqual(seen, ['first', 'others', 'second', 'third']);
  });

  it('computes nothing any more for a peer that has left', async () => {
    seen.length = 0;
    const gate = oneCpuTaskPerTurn(Counters.allocate());
    void gate(
      () => undefined,
      () => true,
    );
    await gate(
      () => seen.push('in vain'),
      () => false,
    );
    await nextTurn();
    assert.deepEqual(seen, []);
  });
});
