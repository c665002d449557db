import * as v from 'valibot';
import { defineCheck } from '../check.js';

const expected = 'a status such as 200, or a class such as 2xx';
const code = v.pipe(v.number(expected), v.integer(expected), v.minValue(100, expected), v.maxValue(999, expected));
const one = v.union([code, v.pipe(v.string(), v.regex(/^[1-5]xx$/, expected))], expected);
type One = v.InferOutput<typeof one>;

/** The status is this one, one of these, or of this class: `status: 200`, `[200, 404]`, `2xx`. */
export default defineCheck({
  id: 'status',
  summary: 'the status of the response',
  schema: v.union([...one.options, v.array(one)], `${expected}, or a list of them`),
  keepsHeaders: false,
  keepsBody: false,
  compile: (config) => {
    const wanted = Array.isArray(config) ? config : [config];
    const said = wanted.join(', ');
    return ({ response: { status } }) =>
      wanted.some((each) => fits(status, each)) ? undefined : `status: expected ${said}, found ${status}`;
  },
});

function fits(status: number, wanted: One): boolean {
  return typeof wanted === 'string' ? Math.floor(status / 100) === Number(wanted[0]) : status === wanted;
}
