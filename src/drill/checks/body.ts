import * as v from 'valibot';
import { defineCheck } from '../check.js';
import { compileOperators, operatorEntries } from '../operators.js';

/** The text of the body: `body: { contains: Welcome }`, `body: { matches: '^<html' }`. */
export default defineCheck({
  id: 'body',
  summary: 'the text of the response',
  schema: v.object(operatorEntries),
  keepsHeaders: false,
  keepsBody: true,
  compile: (config, step, at) => {
    const compare = compileOperators(config, step, at);
    return ({ response, iteration }) => {
      const wrong = compare(response.text, iteration);
      return wrong === undefined ? undefined : `body: ${wrong}`;
    };
  },
});
