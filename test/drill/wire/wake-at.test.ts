import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PreciseWait } from '../../../src/drill/precise-wait.js';
import type { Driver } from '../../../src/drill/wire/driver.js';
import { WireTransport } from '../../../src/drill/wire/wire-transport.js';

/** A thread that does nothing but block: time passes only while it polls, and a little with each look at the clock. */
class BlockingThread {
  readonly lookMs = 0.001;
  nowMs = 0;
  readonly blocks: { readonly fromMs: number; readonly forMs: number }[] = [];

  readonly clock = {
    now: (): number => (this.nowMs += this.lookMs),
    sleep: (ms: number): Promise<void> => {
      this.nowMs += ms;
      return nextTurn();
    },
  };

  readonly driver: Driver = {
    connect: () => 0,
    transmit: () => undefined,
    isSending: () => false,
    close: () => undefined,
    poll: (forMs) => {
      this.blocks.push({ fromMs: this.nowMs, forMs });
      this.nowMs += forMs;
    },
    dispose: () => undefined,
  };
}

function transportOn({ driver, clock }: BlockingThread): WireTransport {
  return new WireTransport(driver, { clock, verifyCertificates: true, http2: false, unixSocket: undefined, env: {} });
}

describe('waiting for the next start', () => {
  it('never blocks the thread beyond it, and wakes up as it comes', async () => {
    const thread = new BlockingThread();
    await using transport = transportOn(thread);
    const wait = new PreciseWait({ clock: thread.clock, transport, stopping: new AbortController().signal });
    const lateMs: number[] = [];
    for (let moment = 0.37; moment < 100; moment += 0.83) {
      await wait.until(moment);
      lateMs.push(thread.nowMs - moment);
      for (const { fromMs, forMs } of thread.blocks.splice(0)) assert.ok(forMs === 0 || fromMs + forMs <= moment);
    }
    assert.ok(Math.max(...lateMs) <= 5 * thread.lookMs, `${Math.max(...lateMs)}`);
  });

  it('ends with it: a transport that has nothing to do rests', async () => {
    const thread = new BlockingThread();
    await using transport = transportOn(thread);
    const wait = new PreciseWait({ clock: thread.clock, transport, stopping: new AbortController().signal });
    await wait.until(2);
    await nextTurn();
    const polls = thread.blocks.length;
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
    assert.equal(thread.blocks.length, polls);
  });
});
