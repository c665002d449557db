import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EAGAIN, ECONNABORTED, EMFILE } from '../../../src/net/sys/errno.js';
import { AcceptTask } from '../../../src/servers/runtime/accept-task.js';
import type { Io } from '../../../src/servers/runtime/io.js';
import { Runtime, Task } from '../../../src/servers/runtime/runtime.js';
import { ManualTime, ScriptedDriver } from './scripted-io.js';

const firstLine = 'accept: EMFILE; trying again';

/** An acceptor whose `accept` gives these results, one after the other. */
function acceptorOf(results: readonly number[], backlog = 4096) {
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
    backlog,
    onConnection: (fd) => accepted.push(fd),
    onEnd: () => runtime.stop(),
  });
  return {
    driver,
    runtime,
    accepted,
    acceptor,
    /** Lets it accept until it has ended. */
    run: () => {
      acceptor.wake();
      runtime.run();
      assert.ok(isClosed);
      return { logged, endedAt: time.ms, left };
    },
  };
}

describe('an acceptor that stops without descriptors', () => {
  it('goes on until the accept queue is empty', () => {
    const { acceptor, accepted, run } = acceptorOf([7, -EMFILE, -EMFILE, -ECONNABORTED, 8, -EMFILE, 9]);
    acceptor.stop();
    const { logged, endedAt } = run();
    assert.deepEqual([accepted, logged, endedAt], [[7, 8, 9], [firstLine], 5 + 10 + 5]);
  });

  it('gives up when the grace time is over', () => {
    const { acceptor, accepted, driver, run } = acceptorOf([7, ...Array.from({ length: 100 }, () => -EMFILE), 8]);
    acceptor.stop();
    driver.at(1000, () => acceptor.abort());
    const { endedAt } = run();
    assert.deepEqual([accepted, endedAt], [[7], 1000]);
  });
});

describe('an acceptor to whom more and more come', () => {
  it('lets others of the loop in between', () => {
    const { acceptor, runtime, accepted, run } = acceptorOf(Array.from({ length: 1000 }, (_, i) => i));
    let acceptedBefore = -1;
    class Bystander extends Task {
      poll(): void {
        acceptedBefore = accepted.length;
      }
    }
    acceptor.wake();
    new Bystander(runtime).wake();
    run();
    assert.deepEqual([acceptedBefore, accepted.length], [128, 1000]);
  });

  it('accepts no more after its end has come than can have been waiting', () => {
    const { acceptor, accepted, run } = acceptorOf(
      Array.from({ length: 1000 }, (_, i) => i),
      400,
    );
    acceptor.stop();
    const { left } = run();
    assert.deepEqual([accepted.length, left.length], [401, 599]);
  });
});
