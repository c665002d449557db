import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pending } from '../../../src/servers/runtime/future.js';
import { ReadyStream } from '../../../src/servers/runtime/readiness/ready-stream.js';
import { close, openSocket } from '../../../src/net/sys/socket.js';

describe('a stream on a selector', () => {
  it('is told once that bytes are there: nobody may want them any more', () => {
    let woken = 0;
    const selector = { add: () => undefined, remove: () => undefined, wait: () => undefined, close: () => undefined };
    const fd = openSocket(2, true);
    const stream = new ReadyStream(fd, selector, { wake: () => (woken += 1) }, new Uint8Array(10));
    assert.equal(stream.receive(false), pending);
    assert.equal(stream.wantsRead, true);
    stream.onReady(true, false, false);
    stream.onReady(true, false, false);
    assert.deepEqual([woken, stream.wantsRead], [1, false]);
    close(fd);
  });
});
