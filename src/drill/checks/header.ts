import * as v from 'valibot';
import { defineCheck } from '../check.js';
import { compileOperators, operatorEntries } from '../operators.js';
import { string } from '../plan/schema.js';

/** A header of the response: `header: { name: content-type, contains: json }`. */
export default defineCheck({
  id: 'header',
  summary: 'a header of the response',
  schema: v.object({ name: string, ...operatorEntries }),
  keepsHeaders: true,
  keepsBody: false,
  compile: (config, step, at) => {
    const name = config.name.toLowerCase();
    const compare = compileOperators(config, step, at);
    return ({ response, iteration }) => {
      const wrong = compare(response.header(name), iteration);
      return wrong === undefined ? undefined : `header ${name}: ${wrong}`;
    };
  },
});
