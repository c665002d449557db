import * as v from 'valibot';
import type { Expander } from '../expander.js';
import { itemsOf, repeatForItems, selectionEntries } from '../items.js';
import { anything } from '../plan/schema.js';
import { hasPlaceholder } from '../template.js';
import type { Value } from '../value.js';

/** One request for each item of a list in the plan. */
const withItems: Expander = {
  id: 'with_items',
  rank: 20,
  entries: {
    with_items: v.optional(v.pipe(v.array(anything), v.description('One request for each value of the list.'))),
    ...selectionEntries,
  },
  accepts: (value) => value.isList,
  expected: 'a list',
  repeatsAction: true,
  expand: (step) => {
    const list = step.node.get('with_items');
    for (const item of list?.items() ?? [])
      if (typeof item.value === 'string' && hasPlaceholder(item.value))
        step.diagnostics.error(item, `an item is taken as it is, {{ }} in it would not be replaced`);
    return repeatForItems(step, itemsOf(list?.value as readonly Value[]));
  },
};

export default withItems;
