import * as v from 'valibot';
import { defineCheck } from '../check.js';
import { compileOperators, operatorEntries } from '../operators.js';
import { text } from '../plan/schema.js';
import { variablePath } from '../template.js';
import { lookUp } from '../value.js';

/** A value in a JSON body: `json: { path: users[0].name, equals: Ann }`. */
export default defineCheck({
  id: 'json',
  summary: 'a value in the JSON body of the response',
  schema: v.object({ path: text, ...operatorEntries }),
  keepsHeaders: false,
  keepsBody: true,
  compile: (config, step, at) => {
    const path = variablePath(config.path);
    const compare = compileOperators(config, step, at);
    return ({ response, iteration }) => {
      const wrong = compare(lookUp(response.body, path), iteration);
      return wrong === undefined ? undefined : `json ${config.path}: ${wrong}`;
    };
  },
});
