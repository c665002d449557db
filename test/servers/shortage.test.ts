import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EAGAIN, ECONNABORTED, EMFILE } from '../../src/net/sys/errno.js';
import { AcceptTask } from '../../src/servers/runtime/accept-task.js';
import type { Io } from '../../src/servers/runtime/io.js';
import { Runtime } from '../../src/servers/runtime/runtime.js';
import { Shortage } from '../../src/servers/shortage.js';
import { ManualTime, ScriptedDriver } from './runtime/scripted-io.js';

const firstLine = 'accept: EMFILE; whoever waits is tried again';

describe('a shortage', () => {
  it('is told when it begins and then every ten seconds, with how often it was met', () => {
    const time = new ManualTime();
    const logged: string[] = [];
    const shortage = new Shortage((_level, message) => logged.push(message), 100, time.now);
    for (; time.ms <= 20_000; time.ms += 100) shortage.failed('no room');
    assert.deepEqual(logged, [
      'no room',
      'no room (100 failures since this was last said)',
      'no room (100 failures since this was last said)',
    ]);
  });

  it('makes pauses that grow up to a bound, and begin anew when it is over', () => {
    const shortage = new Shortage(() => undefined, 100);
    assert.deepEqual(
      Array.from({ length: 7 }, () => shortage.nextPauseMs()),
      [5, 10, 20, 40, 80, 100, 100],
    );
    shortage.over();
    assert.equal(shortage.nextPauseMs(), 5);
  });
});

/** An acceptor whose `accept` gives these results, one after the other. */
function acceptorOf(results: readonly number[]) {
  const time = new ManualTime();
  const driver = new ScriptedDriver(time);
  const runtime = new Runtime(driver, time);
  const logged: string[] = [];
  const accepted: number[] = [];
  const left = [...results];
  let isClosed = false;
  const io = {
    listen: () => ({
      accept: () => left.shift() ?? -EAGAIN,
      stop: () => undefined,
      close: () => {
        isClosed = true;
      },
    }),
  } as unknown as Io;
  const acceptor = new AcceptTask(0, runtime, io, (_level, message) => logged.push(message), {
    onConnection: (fd) => accepted.push(fd),
    onEnd: () => runtime.stop(),
  });
  return {
    driver,
    acceptor,
    /** Lets it accept until it has ended. */
    run: () => {
      acceptor.wake();
      runtime.run();
      assert.ok(isClosed);
      return { accepted, logged, endedAt: time.ms, left };
    },
  };
}

describe('an acceptor that stops without descriptors', () => {
  it('goes on until the accept queue is empty', () => {
    const { acceptor, run } = acceptorOf([7, -EMFILE, -EMFILE, -ECONNABORTED, 8, -EMFILE, 9]);
    acceptor.stop();
    const { accepted, logged, endedAt } = run();
    assert.deepEqual([accepted, logged, endedAt], [[7, 8, 9], [firstLine], 5 + 10 + 5]);
  });

  it('gives up when the grace time is over', () => {
    const { acceptor, driver, run } = acceptorOf([7, ...Array.from({ length: 100 }, () => -EMFILE), 8]);
    acceptor.stop();
    driver.at(1000, () => acceptor.abort());
    const { accepted, endedAt } = run();
    assert.deepEqual([accepted, endedAt], [[7], 1000]);
  });
});
