import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Runtime, Task } from '../../../src/servers/runtime/runtime.js';
import { Timer } from '../../../src/servers/runtime/timer-heap.js';
import { ManualTime, ScriptedDriver } from './scripted-io.js';

/** A task that does what it is made of. */
class SomeTask extends Task {
  readonly #poll: () => void;

  constructor(runtime: Runtime, poll: () => void) {
    super(runtime);
    this.#poll = poll;
  }

  poll(): void {
    this.#poll();
  }
}

function setUp(): { time: ManualTime; driver: ScriptedDriver; runtime: Runtime } {
  const time = new ManualTime();
  const driver = new ScriptedDriver(time);
  return { time, driver, runtime: new Runtime(driver, time) };
}

describe('Runtime', () => {
  it('polls once a task that was woken twice, and again when it is woken anew', () => {
    const { driver, runtime } = setUp();
    let polls = 0;
    const task = new SomeTask(runtime, () => (polls += 1));
    task.wake();
    task.wake();
    driver.at(5, () => {
      assert.equal(polls, 1);
      task.wake();
      task.wake();
    });
    driver.at(10, () => runtime.stop());
    runtime.run();
    assert.equal(polls, 2);
  });

  it('polls in the order of waking', () => {
    const { driver, runtime } = setUp();
    const order: string[] = [];
    const tasks = ['a', 'b', 'c'].map((name) => new SomeTask(runtime, () => order.push(name)));
    for (const i of [2, 0, 1]) tasks[i]?.wake();
    driver.at(0, () => runtime.stop());
    runtime.run();
    assert.deepEqual(order, ['c', 'a', 'b']);
  });

  it('looks at the kernel and at timers between two polls of a task that wakes itself', () => {
    const { time, driver, runtime } = setUp();
    const seen: string[] = [];
    const busy = new SomeTask(runtime, () => {
      seen.push(`busy at ${time.ms}`);
      time.ms += 10;
      busy.wake();
    });
    const other = new SomeTask(runtime, () => {
      seen.push('other');
      runtime.stop();
    });
    driver.at(5, () => seen.push('kernel'));
    runtime.timers.set(new Timer(() => other.wake()), 15);
    busy.wake();
    runtime.run();
    assert.deepEqual(seen, ['busy at 0', 'kernel', 'busy at 10', 'busy at 20', 'other']);
    // Somebody is ready: it looks, and does not wait.
    assert.deepEqual(driver.waits, [0, 0, 0]);
  });

  it('waits until the next timer is due, for what is left of that time, and for ever without one', () => {
    const { time, driver, runtime } = setUp();
    const elapsed: number[] = [];
    const timers = [30, 10].map((ms) => {
      const timer = new Timer(() => elapsed.push(time.ms));
      runtime.timers.set(timer, ms);
      return timer;
    });
    assert.equal(timers.length, 2);
    new SomeTask(runtime, () => (time.ms += 4)).wake();
    driver.at(100, () => runtime.stop());
    runtime.run();
    assert.deepEqual(elapsed, [10, 30]);
    assert.deepEqual(driver.waits, [6, 20, Number.POSITIVE_INFINITY]);
  });
});
