import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { ValueGenerator } from '../value-generator.js';

/** A random UUID, version 4 (RFC 9562 section 5.4). */
const uuid: ValueGenerator = {
  id: 'uuid',
  summary: 'a random UUID',
  create: (values) => {
    if (values.length > 0) return { problem: 'takes no arguments' };
    return ({ random }) => {
      const hex = (digits: number): string =>
        uniformInt(random, 0, 16 ** digits - 1)
          .toString(16)
          .padStart(digits, '0');
      const variant = uniformInt(random, 8, 11).toString(16);
      return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(4)}${hex(8)}`;
    };
  },
};

export default uuid;
