import * as v from 'valibot';
import { defineAction } from '../action.js';
import { text } from '../plan/schema.js';
import { variablePath } from '../template.js';
import { render } from '../value.js';

/** Compares the text of a variable with a text: 200 equals "200". A mismatch ends the run, unless it is to go on. */
export default defineAction({
  id: 'assert',
  rank: 40,
  entries: {
    assert: v.pipe(
      v.object({ key: text, value: text }),
      v.description('Compares the text of a variable with a text; a mismatch ends the run.'),
    ),
  },
  repeats: false,
  compile: ({ name, assert: { key, value: wanted } }) => {
    const variable = key.trim();
    const [root = '', ...path] = variablePath(variable);
    return (run) => (iteration) => {
      run.observer?.assert(name, key, wanted);
      const value = iteration.lookUp(root, path);
      const found = value === undefined ? run.env[variable] : render(value);
      if (found === wanted) return;
      const got = found === undefined ? 'nothing has set it' : `it is '${found}'`;
      run.assertFailed(name, iteration, `expected ${key} to be '${wanted}', ${got}`);
    };
  },
});
