import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Timer, TimerHeap } from '../../../src/servers/runtime/timer-heap.js';
import { runs, seed } from '../../net/http/arbitrary.js';

const timerCount = 12;
const which = fc.nat(timerCount - 1);
/** Few moments, so that many timers share one. */
const moment = fc.nat(20);
const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('set' as const), which, at: moment }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('elapse' as const), at: moment }) },
);

describe(`TimerHeap (seed ${seed})`, () => {
  it('is a sorted list of what is set, however timers are set, moved, cancelled and elapsed', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const heap = new TimerHeap();
        const elapsed: number[] = [];
        const timers = Array.from({ length: timerCount }, (_, i) => new Timer(() => elapsed.push(i)));
        /** The oracle: deadlines by timer. */
        const set = new Map<number, number>();
        for (const step of actions) {
          if (step.kind === 'set') {
            heap.set(timers[step.which] as Timer, step.at);
            set.set(step.which, step.at);
          } else if (step.kind === 'cancel') {
            heap.cancel(timers[step.which] as Timer);
            set.delete(step.which);
          } else {
            const due = [...set].filter(([, at]) => at <= step.at);
            elapsed.length = 0;
            heap.elapse(step.at);
            // In the order of their deadlines; those of one moment in any order.
            assert.deepEqual(
              elapsed.map((i) => set.get(i)),
              due.map(([, at]) => at).toSorted((a, b) => a - b),
            );
            assert.deepEqual(
              elapsed.toSorted((a, b) => a - b),
              due.map(([i]) => i).toSorted((a, b) => a - b),
            );
            for (const [i] of due) set.delete(i);
          }
          assert.equal(heap.nextDeadline, Math.min(Number.POSITIVE_INFINITY, ...set.values()));
          assert.deepEqual(
            timers.map(({ deadline }) => deadline),
            timers.map((_, i) => set.get(i) ?? Number.POSITIVE_INFINITY),
          );
        }
      }),
      { seed, numRuns: runs },
    );
  });

  it('lets a timer that goes off set itself again, and others', () => {
    const heap = new TimerHeap();
    const elapsed: string[] = [];
    const other = new Timer(() => elapsed.push('other'));
    const again = new Timer(() => {
      elapsed.push('again');
      if (elapsed.length < 3) heap.set(again, 10 + elapsed.length);
      heap.set(other, 30);
    });
    heap.set(again, 10);
    heap.set(other, 11);
    heap.elapse(20);
    assert.deepEqual(elapsed, ['again', 'again', 'again']);
    assert.equal(heap.nextDeadline, 30);
  });
});
