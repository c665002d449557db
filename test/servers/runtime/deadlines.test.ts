import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpu, readFile, sleep } from '../../../src/servers/application.js';
import { type Connection, receive, type Received } from '../../../src/servers/connection.js';
import { type ManualTime, runConnections } from './scripted-io.js';

/** Waits for bytes and notes what came, and when. */
function* waitForBytes(name: string, ms: number, time: ManualTime, seen: string[]): Connection {
  const bytes = (yield receive(ms, true)) as Received;
  seen.push(`${name}: ${bytes === undefined ? 'timed out' : Buffer.from(bytes).toString()} at ${time.ms}`);
}

describe('deadlines of the runtime', () => {
  it('begin after a computation, not before it', async () => {
    const seen: string[] = [];
    await runConnections((time) => [
      function* () {
        yield* cpu(() => (time.ms += 400));
        yield* waitForBytes('computed', 200, time, seen);
      },
      // Its turn comes after the computation of the other.
      () => waitForBytes('other', 200, time, seen),
    ]);
    assert.deepEqual(seen, ['computed: timed out at 600', 'other: timed out at 600']);
  });

  it('begin after a computation that failed', async () => {
    const seen: string[] = [];
    await runConnections((time) => [
      function* () {
        try {
          yield* cpu(() => {
            time.ms += 400;
            throw new Error('no result');
          });
        } catch {
          yield* waitForBytes('failed', 200, time, seen);
        }
      },
    ]);
    assert.deepEqual(seen, ['failed: timed out at 600']);
  });

  it('begin after a file that blocked the thread', async () => {
    const seen: string[] = [];
    await runConnections((time) => [
      function* () {
        yield* readFile('300');
        yield* waitForBytes('read', 200, time, seen);
      },
    ]);
    assert.deepEqual(seen, ['read: timed out at 500']);
  });

  it('end nobody whose bytes have come while another computed', async () => {
    const seen: string[] = [];
    await runConnections(
      (time) => [
        () => waitForBytes('patient', 300, time, seen),
        function* () {
          yield* sleep(100);
          yield* cpu(() => (time.ms += 400));
        },
      ],
      (driver, [patient]) => driver.at(150, () => patient?.arrive('in time')),
    );
    assert.deepEqual(seen, ['patient: in time at 500']);
  });

  it('move with every request, and the timer only when it has elapsed', async () => {
    const seen: string[] = [];
    const { waits } = await runConnections(
      (time) => [
        function* () {
          yield* waitForBytes('first', 1000, time, seen);
          yield* waitForBytes('second', 1000, time, seen);
        },
      ],
      (driver, [stream]) => driver.at(600, () => stream?.arrive('asked')),
    );
    assert.deepEqual(seen, ['first: asked at 600', 'second: timed out at 1600']);
    assert.deepEqual(waits.slice(0, 3), [1000, 400, 600]);
  });
});

describe('sleep of the runtime', () => {
  it('lasts as long as asked from the moment of asking, and not at all for 0', async () => {
    const woken: number[] = [];
    await runConnections((time) => [
      function* () {
        // Computing that the runtime is told nothing of.
        time.ms += 30;
        yield* sleep(20);
        woken.push(time.ms);
        yield* sleep(0);
        woken.push(time.ms);
      },
    ]);
    assert.deepEqual(woken, [50, 50]);
  });
});
