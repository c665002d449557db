import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { performOnLoop, runAtOnce } from '../../../../src/servers/executors/loop/effects.js';
import { Counters } from '../../../../src/servers/counters.js';
import type { Service } from '../../../../src/servers/service.js';

const gate = runAtOnce(Counters.allocate());
const always = (): boolean => true;

describe("an effect on Node's event loop", () => {
  it('sleeps no less than it is asked to, to the millisecond in which it begins', async () => {
    // The timer alone keeps no process alive: the connection does.
    const alive = new MessageChannel();
    alive.port1.ref();
    const short = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const ms = 1 + i / 100;
        const begun = performance.now();
        await performOnLoop({ kind: 'sleep', ms }, {} as Service, always, gate);
        return performance.now() - begun > Math.ceil(ms) - 1;
      }),
    );
    alive.port1.close();
    assert.ok(short.every(Boolean), `${short.filter((isLongEnough) => !isLongEnough).length} of 200 were too short`);
  });
});
