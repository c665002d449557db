import * as v from 'valibot';
import { defineAction } from '../action.js';
import { text } from '../plan/schema.js';

/** Stores a text as it stands in the plan, without interpolation. */
export default defineAction({
  id: 'assign',
  rank: 30,
  entries: {
    assign: v.pipe(
      v.object({ key: text, value: text }),
      v.description('Stores a text as it stands, without interpolation.'),
    ),
  },
  repeats: false,
  compile: ({ name, assign: { key, value } }, step) => {
    step.sets(key);
    return (run) => (iteration) => {
      iteration.set(key, value);
      run.observer?.assign(name, key, value);
    };
  },
});
