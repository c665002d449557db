import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pending } from '../../../src/servers/runtime/future.js';
import { ReadyStream } from '../../../src/servers/runtime/readiness/ready-stream.js';
import { close, openSocket, sendAll, setNonBlocking } from '../../../src/net/sys/socket.js';
import { connectedPair } from '../../support/connected-pair.js';

const selector = { add: () => undefined, remove: () => undefined, wait: () => undefined, close: () => undefined };

describe('a stream on a selector', () => {
  it('is told once that bytes are there: nobody may want them any more', () => {
    let woken = 0;
    const fd = openSocket(2, true);
    const stream = new ReadyStream(fd, selector, { wake: () => (woken += 1) }, new Uint8Array(10), []);
    assert.equal(stream.receive(false), pending);
    assert.equal(stream.wantsRead, true);
    stream.onReady(true, false, false);
    stream.onReady(true, false, false);
    assert.deepEqual([woken, stream.wantsRead], [1, false]);
    close(fd);
  });

  it('lets others in between when it has read all that its buffer holds', async () => {
    const { client: peer, server: fd, end } = connectedPair();
    setNonBlocking(fd, true);
    let woken = 0;
    const stream = new ReadyStream(fd, selector, { wake: () => (woken += 1) }, new Uint8Array(10), []);
    sendAll(peer, Buffer.from('0123456789abc'));
    stream.onReady(true, false, false);
    const text = (given: ReturnType<typeof stream.receive>): unknown =>
      given instanceof Uint8Array ? Buffer.from(given).toString() : given;
    const seen = [1, 2, 3, 4].map(() => text(stream.receive(false)));
    assert.deepEqual(seen, ['0123456789', pending, 'abc', pending]);
    assert.equal(woken, 1, 'to go on in the next turn');
    end();
  });
});
