import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sleep } from '../../../src/servers/application.js';
import { type Connection, receive, send, settle, spawn } from '../../../src/servers/connection.js';
import { defaultLimits } from '../../../src/servers/limits.js';
import { runConnections } from './scripted-io.js';

const { idleTimeout } = defaultLimits();

function* answer(): Connection {
  yield send(Buffer.from('abc'));
}

describe('a connection of the runtime', () => {
  it('is closed at once when all has left', async () => {
    const { streams, endedAt } = await runConnections(() => [answer]);
    assert.deepEqual([endedAt, streams[0]?.isClosed, streams[0]?.bytesSent], [0, true, 3]);
  });

  it('stays open after its coroutine for a peer that reads slowly, as long as it reads', async () => {
    const step = idleTimeout - 1;
    const { streams, endedAt } = await runConnections(
      () => [answer],
      (driver, [stream]) => {
        if (stream !== undefined) stream.peerReads = false;
        for (const i of [1, 2, 3]) driver.at(i * step, () => stream?.peerReadsOn(1));
      },
    );
    assert.deepEqual([endedAt, streams[0]?.isClosed, streams[0]?.bytesSent], [3 * step, true, 3]);
  });

  it('is cut when the peer has read nothing for the idle time', async () => {
    const { streams, endedAt } = await runConnections(
      () => [answer],
      (driver, [stream]) => {
        if (stream !== undefined) stream.peerReads = false;
        driver.at(1000, () => stream?.peerReadsOn(1));
      },
    );
    assert.deepEqual([endedAt, streams[0]?.isClosed, streams[0]?.bytesSent], [1000 + idleTimeout, true, 1]);
  });

  it('sends what its jobs give, the quick one first, and ends those that nobody settles', async () => {
    const given: string[] = [];
    function* job(name: string, ms: number) {
      try {
        yield* sleep(ms);
        given.push(name);
        return Buffer.from(name);
      } finally {
        given.push(`end of ${name}`);
      }
    }
    const { streams, endedAt } = await runConnections(() => [
      function* () {
        yield spawn(job('slow', 30));
        yield spawn(job('quick', 10));
        yield spawn(job('unsettled', 50));
        yield settle(1);
      },
    ]);
    assert.deepEqual(given, ['quick', 'end of quick', 'slow', 'end of slow', 'end of unsettled']);
    assert.deepEqual([endedAt, streams[0]?.bytesSent], [30, 'quick'.length + 'slow'.length]);
  });

  it('lets no job go on to its answer while another answer is unsent', async () => {
    const given: string[] = [];
    function* job(name: string, ms: number) {
      yield* sleep(ms);
      given.push(name);
      return Buffer.from(name);
    }
    const seen: string[][] = [];
    const { streams, endedAt } = await runConnections(
      () => [
        function* () {
          for (const [i, name] of ['a', 'b', 'c'].entries()) yield spawn(job(name, 10 + i));
          yield settle(0);
        },
      ],
      (driver, [stream]) => {
        if (stream !== undefined) stream.peerReads = false;
        for (const ms of [20, 30, 40])
          driver.at(ms, () => {
            seen.push([...given]);
            stream?.peerReadsOn(1);
          });
      },
    );
    assert.deepEqual(seen, [['a'], ['a', 'b'], ['a', 'b', 'c']]);
    assert.deepEqual([endedAt, streams[0]?.bytesSent], [40, 3]);
  });

  it('that fails costs no other one, and says why', async () => {
    let chunk: unknown;
    const { streams, logged } = await runConnections(
      () => [
        function* () {
          yield* answer();
          throw new Error('a bug');
        },
        function* () {
          chunk = yield receive(1000, true);
        },
      ],
      (driver, [, other]) => driver.at(10, () => other?.arrive('hello')),
    );
    assert.equal(String(chunk), 'hello');
    assert.match(logged.join('\n'), /^Error: a bug\n/);
    assert.ok(streams.every((stream) => stream.isClosed));
  });

  it('ends, and all its jobs with it, when one of them fails, so that nobody waits for its answer', async () => {
    const ended: string[] = [];
    function* job(name: string, ms: number) {
      try {
        yield* sleep(ms);
        if (name === 'failing') throw new Error('a bug');
        return Buffer.from(name);
      } finally {
        ended.push(name);
      }
    }
    const { streams, endedAt, logged } = await runConnections(() => [
      function* () {
        yield spawn(job('other', 50));
        yield spawn(job('failing', 10));
        yield receive(1000, true);
      },
    ]);
    assert.deepEqual([ended, endedAt], [['failing', 'other'], 10]);
    assert.deepEqual([streams[0]?.isClosed, streams[0]?.bytesSent], [true, 0]);
    assert.match(logged.join('\n'), /^Error: a bug\n/);
  });
});
