import * as v from 'valibot';
import { defineCheck } from '../check.js';
import { integer } from '../plan/schema.js';

const one = v.union(
  [integer, v.pipe(v.string(), v.regex(/^[1-5]xx$/))],
  'a status such as 200, or a class such as 2xx',
);
type One = v.InferOutput<typeof one>;

/** The status is this one, one of these, or of this class: `status: 200`, `[200, 404]`, `2xx`. */
export default defineCheck({
  id: 'status',
  summary: 'the status of the response',
  schema: v.union([...one.options, v.array(one)], `${one.message as string}, or a list of them`),
  keepsHeaders: false,
  keepsBody: false,
  compile: (config) => {
    const wanted = Array.isArray(config) ? config : [config];
    const expected = wanted.join(', ');
    return ({ response: { status } }) =>
      wanted.some((each) => fits(status, each)) ? undefined : `status: expected ${expected}, found ${status}`;
  },
});

function fits(status: number, wanted: One): boolean {
  return typeof wanted === 'string' ? Math.floor(status / 100) === Number(wanted[0]) : status === wanted;
}
