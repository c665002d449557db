import * as v from 'valibot';
import { defineAction } from '../action.js';
import { integerFrom } from '../plan/schema.js';

/** Waits whole seconds; other iterations go on. */
export default defineAction({
  id: 'delay',
  rank: 10,
  entries: {
    delay: v.pipe(v.object({ seconds: integerFrom(0) }), v.description('Waits whole seconds; other iterations go on.')),
  },
  repeats: false,
  compile:
    ({ name, delay: { seconds } }) =>
    (run) =>
    async () => {
      try {
        await run.clock.sleep(seconds * 1000, run.stopping);
      } catch (error) {
        // An interrupt ends the wait; the runner sees that nothing may follow.
        if (!run.stopping.aborted) throw error;
      }
      run.observer?.delay(name, seconds);
    },
});
