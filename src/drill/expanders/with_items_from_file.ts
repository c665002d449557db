import * as v from 'valibot';
import type { Expander } from '../expander.js';
import { itemsOf, repeatForItems, selectionEntries } from '../items.js';
import { readDataFile } from '../plan/data-file.js';
import { string } from '../plan/schema.js';
import { validate } from '../plan/validate.js';

/** One request for each line of a text file, empty lines too. */
const withItemsFromFile: Expander = {
  id: 'with_items_from_file',
  rank: 50,
  entries: {
    with_items_from_file: v.optional(v.pipe(string, v.description('One request for each line of a text file.'))),
    ...selectionEntries,
  },
  accepts: () => true,
  expected: 'the path of a file',
  repeatsAction: true,
  expand: (step) => {
    const node = step.node.get('with_items_from_file');
    const valid = node !== undefined && validate(string, node, step.diagnostics) !== undefined;
    const text = valid ? readDataFile(node, step) : undefined;
    return repeatForItems(step, text === undefined ? undefined : itemsOf(lines(text)));
  },
};

export default withItemsFromFile;

/** The lines of a text without their ends. A line break at the very end begins no further line. */
function lines(text: string): string[] {
  const all = text.split(/\r?\n/);
  if (all.at(-1) === '') all.pop();
  return all;
}
