import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interruptible } from '../../src/cli/interrupt.js';
import { FakeIo } from '../support/fake-io.js';
import { ManualClock } from '../support/manual-clock.js';

describe('what can be interrupted', () => {
  const clock = new ManualClock();
  const begin = (): FakeIo => new FakeIo([], { clock });

  it('goes on after a signal that comes twice, and is left at once at the next one', async () => {
    const fake = begin();
    const { result, exitCode } = await interruptible(fake.io, async (signal) => {
      fake.signal('SIGTERM');
      await clock.advance(25);
      fake.signal('SIGTERM');
      assert.ok(signal.aborted);
      await clock.advance(300);
      assert.throws(() => fake.signal('SIGINT'), /left at once with 130/);
      return 'kept';
    });
    assert.deepEqual([result, exitCode], ['kept', 143]);
  });

  it('is guarded against a repeat while its result is delivered', async () => {
    const fake = begin();
    await interruptible(fake.io, async () => fake.signal('SIGINT'));
    assert.equal(fake.listeners, 1);
    await clock.advance(25);
    fake.signal('SIGINT');
    await clock.advance(300);
    assert.throws(() => fake.signal('SIGINT'), /left at once with 130/);
  });

  it('ends early with the code of its signal', async () => {
    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      const fake = begin();
      const { exitCode } = await interruptible(fake.io, async ({ aborted }) => {
        assert.equal(aborted, false);
        fake.signal(signal);
      });
      assert.equal(exitCode, expected);
      await clock.advance(300);
    }
  });

  it('leaves signals alone when there was none', async () => {
    const fake = begin();
    assert.deepEqual(await interruptible(fake.io, async () => 'all of it'), { result: 'all of it' });
    assert.equal(fake.listeners, 0);
  });
});
