import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tcpAddress } from '../../../src/net/sys/address.js';
import { ECANCELED, ECONNREFUSED } from '../../../src/net/sys/errno.js';
import { addressOf } from '../../../src/net/sys/memory.js';
import { close, listenTcp, localPort, openSocket } from '../../../src/net/sys/socket.js';
import {
  hasNeededFeatures,
  Uring,
  UringLink,
  UringOp,
  UringSkipSuccess,
  uringUnsupportedReason,
} from '../../../src/net/sys/uring.js';

const nothing = { fd: -1, address: 0, length: 0, offset: 0, opFlags: 0, flags: 0 };

/** What has been completed, by token: kind and result. Waits for `count` of them. */
function completions(ring: Uring, count: number): Map<number, [kind: number, result: number]> {
  const seen = new Map<number, [number, number]>();
  while (seen.size < count) {
    const ready = ring.submitAndWait(-1);
    for (let i = 0; i < ready; i += 1) seen.set(ring.token(i), [ring.kind(i), ring.result(i)]);
    ring.consume(ready);
  }
  return seen;
}

describe('the features of io_uring', () => {
  // <linux/io_uring.h>: bits 0 to 8 are those of Linux 5.11; 11, 5.17, is IORING_FEAT_CQE_SKIP.
  it('suffice from Linux 5.17 on, which knows operations that are silent when they succeed', () => {
    assert.equal(hasNeededFeatures(0b0000_0001_1111_1111), false, 'Linux 5.11');
    assert.equal(hasNeededFeatures(0b0000_0111_1111_1111), false, 'Linux 5.16');
    assert.equal(hasNeededFeatures(0b0000_1111_1111_1111), true, 'Linux 5.17');
  });
});

describe('io_uring', { skip: uringUnsupportedReason() ?? false }, () => {
  it('accepts, connects, sends and receives', () => {
    using ring = new Uring(8);
    const listener = listenTcp({ host: '127.0.0.1', port: 0 });
    const address = tcpAddress('127.0.0.1', localPort(listener));
    const client = openSocket(address.family, false);
    ring.queue({ ...nothing, op: UringOp.accept, fd: listener }, 1, 10);
    const connect = { address: addressOf(address.bytes), offset: address.bytes.length };
    ring.queue({ ...nothing, op: UringOp.connect, fd: client, ...connect }, 2, 20);
    const opened = completions(ring, 2);
    assert.deepEqual(opened.get(2), [20, 0]);
    const [kind, server = -1] = opened.get(1) ?? [];
    assert.equal(kind, 10);

    const sent = Buffer.from('hello');
    const received = Buffer.alloc(16);
    // Linked: receive only once it has been sent; of the sending itself nothing is told.
    const send = { address: addressOf(sent), length: 5, flags: UringLink | UringSkipSuccess };
    ring.queue({ ...nothing, op: UringOp.send, fd: client, ...send }, 3, 0);
    ring.queue({ ...nothing, op: UringOp.receive, fd: server, address: addressOf(received), length: 16 }, 4, 40);
    assert.deepEqual([...completions(ring, 1)], [[4, [40, 5]]]);
    assert.equal(received.toString('latin1', 0, 5), 'hello');
    [client, server, listener].forEach(close);
  });

  it('waits no longer than it is told, and not less', () => {
    using ring = new Uring(8);
    const before = performance.now();
    assert.equal(ring.submitAndWait(2.5), 0);
    assert.ok(performance.now() - before >= 2.5);
    assert.equal(ring.submitAndWait(0), 0);
  });

  it('cancels what is in flight', () => {
    using ring = new Uring(8);
    const listener = listenTcp({ host: '127.0.0.1', port: 0 });
    ring.queue({ ...nothing, op: UringOp.accept, fd: listener }, 7, 1);
    assert.equal(ring.submitAndWait(0), 0);
    ring.queueCancel(7, 1, 8, 2);
    assert.deepEqual(
      [...completions(ring, 2)].toSorted(([a], [b]) => a - b),
      [
        [7, [1, -ECANCELED]],
        [8, [2, 0]],
      ],
    );
    close(listener);
  });

  it('takes more operations than its ring has entries', () => {
    using ring = new Uring(4);
    const address = tcpAddress('127.0.0.1', 1);
    const sockets = Array.from({ length: 20 }, () => openSocket(address.family, false));
    const connect = { address: addressOf(address.bytes), offset: address.bytes.length };
    sockets.forEach((fd, i) => ring.queue({ ...nothing, op: UringOp.connect, fd, ...connect }, i, 0));
    const results = completions(ring, 20);
    assert.deepEqual(new Set([...results.values()].map(([, result]) => result)), new Set([-ECONNREFUSED]));
    sockets.forEach(close);
  });
});
