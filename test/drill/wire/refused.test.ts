import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Driver } from '../../../src/drill/wire/driver.js';
import { WireTransport } from '../../../src/drill/wire/wire-transport.js';
import { ECONNREFUSED } from '../../../src/net/sys/errno.js';
import { ManualClock } from '../../support/manual-clock.js';
import { failed, originOf, outgoing } from '../../support/transports.js';

describe('a connection that is refused at once', () => {
  it('is over once, also when its time is over by then', async () => {
    const clock = new ManualClock();
    let polls = 0;
    const driver: Driver = {
      connect: () => -ECONNREFUSED,
      transmit: () => undefined,
      isSending: () => false,
      close: () => undefined,
      poll: () => (polls += 1),
      dispose: () => undefined,
    };
    await using transport = new WireTransport(driver, {
      clock,
      verifyCertificates: true,
      http2: false,
      unixSocket: undefined,
      env: {},
    });
    const prepared = transport.prepare(outgoing(originOf(1), { timeoutMs: 10 }));
    await transport.ready();
    const incoming = transport.send(prepared);
    await clock.advance(1000);
    assert.equal(failed(await incoming).class, 'timeout');
    await nextTurn();
    // With nothing in flight it rests.
    const before = polls;
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
    assert.equal(polls, before);
  });
});
