import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { ValueGenerator } from '../value-generator.js';

/** A whole number from a range, both ends included, each equally likely. */
const randomInt: ValueGenerator = {
  id: 'randomInt',
  summary: 'a whole number from the first to the second argument',
  create: (values) => {
    const [from, to] = values.map((value) => (/^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN));
    const right = values.length === 2 && Number.isSafeInteger(from) && Number.isSafeInteger(to);
    if (!right || from === undefined || to === undefined || from > to)
      return { problem: `expects two whole numbers, the smaller first, such as $randomInt(1, 10)` };
    return ({ random }) => String(uniformInt(random, from, to));
  },
};

export default randomInt;
