import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Channel } from '../../../src/net/sync/channel.js';
import { seed, startPeer } from './peers.js';

describe('Channel in one thread', () => {
  it('gives values back in order and is bounded exactly', () => {
    for (const capacity of [1, 2, 3, 7, 64]) {
      const channel = new Channel(Channel.allocate(capacity));
      for (let lap = 0; lap < 5; lap += 1) {
        for (let i = 0; i < capacity; i += 1) assert.equal(channel.trySend(lap * 100 + i), true);
        assert.equal(channel.trySend(-1), false);
        assert.equal(channel.depth, capacity);
        for (let i = 0; i < capacity; i += 1) assert.equal(channel.tryReceive(), lap * 100 + i);
        assert.equal(channel.tryReceive(), undefined);
        assert.equal(channel.depth, 0);
      }
    }
  });

  it('takes nothing after close, and still gives what waits', async () => {
    const channel = new Channel(Channel.allocate(4));
    channel.trySend(-7);
    channel.close();
    assert.equal(channel.closed, true);
    assert.equal(channel.trySend(1), false);
    assert.equal(channel.sendBlocking(1), false);
    assert.equal(channel.receiveBlocking(), -7);
    assert.equal(channel.receiveBlocking(), undefined);
    assert.equal(await channel.receive(), undefined);
  });

  it('resolves waiting receivers with a value or at close', async () => {
    const channel = new Channel(Channel.allocate(4));
    const waiting = [channel.receive(), channel.receive(), channel.receive()];
    channel.trySend(1);
    channel.trySend(2);
    channel.close();
    assert.deepEqual(new Set(await Promise.all(waiting)), new Set([1, 2, undefined]));
  });

  it('refuses a capacity that makes no sense', () => {
    for (const capacity of [0, -1, 1.5, 2 ** 20 + 1]) assert.throws(() => Channel.allocate(capacity), RangeError);
  });
});

describe(`Channel between threads (seed ${seed})`, () => {
  const senders = 3;
  const perSender = 4000;
  for (const capacity of [1, 5, 256]) {
    it(`delivers every value exactly once, in each sender's order (capacity ${capacity})`, async () => {
      const memory = Channel.allocate(capacity);
      const channel = new Channel(memory);
      const receiving = [true, true, false, false].map((blocking, i) =>
        startPeer({ role: 'receive', memory, blocking }, i),
      );
      const sending = Array.from({ length: senders }, (_, sender) =>
        startPeer(
          { role: 'send', memory, values: Array.from({ length: perSender }, (_v, i) => sender * perSender + i) },
          10 + sender,
        ),
      );
      const sent = (await Promise.all(sending)).flat();
      channel.close();
      const received = await Promise.all(receiving);
      assert.equal(sent.length, senders * perSender);
      assert.deepEqual(
        received.flat().toSorted((a, b) => a - b),
        sent.toSorted((a, b) => a - b),
      );
      for (const values of received) {
        for (let sender = 0; sender < senders; sender += 1) {
          const ofSender = values.filter((value) => Math.floor(value / perSender) === sender);
          assert.deepEqual(
            ofSender,
            ofSender.toSorted((a, b) => a - b),
          );
        }
      }
    });
  }

  it('loses nothing that was taken when it is closed in mid-stream', async () => {
    const memory = Channel.allocate(3);
    const channel = new Channel(memory);
    const values = Array.from({ length: 100_000 }, (_, i) => i);
    const sending = [0, 1].map((i) => startPeer({ role: 'send', memory, values }, i));
    const receiving = [true, false].map((blocking, i) => startPeer({ role: 'receive', memory, blocking }, 10 + i));
    // This thread receives a while too, which shows that the others run, then closes.
    const mine: number[] = [];
    while (mine.length < 50) mine.push((await channel.receive()) as number);
    channel.close();
    const sent = (await Promise.all(sending)).flat();
    const received = [...mine, ...(await Promise.all(receiving)).flat()];
    assert.deepEqual(
      received.toSorted((a, b) => a - b),
      sent.toSorted((a, b) => a - b),
    );
  });
});
