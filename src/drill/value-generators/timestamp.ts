import type { ValueGenerator } from '../value-generator.js';

/** Milliseconds since 1970, at the moment of use. */
const timestamp: ValueGenerator = {
  id: 'timestamp',
  summary: 'milliseconds since 1970-01-01 UTC',
  create: (values) => (values.length > 0 ? { problem: 'takes no arguments' } : () => String(Date.now())),
};

export default timestamp;
