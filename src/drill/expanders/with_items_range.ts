import * as v from 'valibot';
import type { Expander } from '../expander.js';
import { repeatForItems, type Items, selectionEntries } from '../items.js';
import { integer } from '../plan/schema.js';
import { validate } from '../plan/validate.js';

const bound = v.pipe(
  v.union([integer, v.bigint()], integer.message),
  v.transform((value) => BigInt(value)),
);

const range = v.object({
  start: bound,
  stop: bound,
  step: v.optional(v.pipe(integer, v.minValue(1, 'a whole number from 1')), 1),
});

/** One request for each number of a range, both ends included. Numbers are made when their turn comes. */
const withItemsRange: Expander = {
  id: 'with_items_range',
  rank: 30,
  entries: {
    with_items_range: v.optional(v.pipe(range, v.description('One request for each number, both ends included.'))),
    ...selectionEntries,
  },
  accepts: (value) => value.isMapping,
  expected: 'a mapping with start and stop',
  repeatsAction: true,
  expand: (step) => {
    const node = step.node.get('with_items_range');
    const bounds = node === undefined ? undefined : validate(range, node, step.diagnostics);
    return repeatForItems(step, bounds && numbers(bounds), true);
  },
};

function numbers({ start, stop, step }: v.InferOutput<typeof range>): Items {
  const length = stop < start ? 0 : Number((stop - start) / BigInt(step)) + 1;
  const first = Number(start);
  // Beyond 2^53 doubles would skip numbers.
  const isExact = Number.isSafeInteger(first) && Number.isSafeInteger(Number(stop));
  return { length, at: (index) => (isExact ? first + index * step : start + BigInt(index * step)) };
}

export default withItemsRange;
