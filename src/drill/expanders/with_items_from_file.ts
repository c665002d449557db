import * as v from 'valibot';
import { plural } from '../../core/units.js';
import { DataFile } from '../data/data-file.js';
import { Offsets } from '../data/offsets.js';
import type { Expander } from '../expander.js';
import { repeatForItems, selectionEntries, type Items } from '../items.js';
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
    const file = valid ? DataFile.read(node, step) : undefined;
    return repeatForItems(step, file === undefined ? undefined : linesOf(file));
  },
};

export default withItemsFromFile;

const carriageReturn = 0x0d;

/** The lines of a file without their ends, LF or CR LF. A line break at the very end begins no further line. */
function linesOf(file: DataFile): Items {
  const { bytes } = file;
  const starts = new Offsets();
  let count = 0;
  for (let start = 0, end; start < bytes.length; start = end + 1) {
    end = lineEnd(bytes, start);
    count += 1;
    if (file.isText(start, end)) starts.push(start);
    else file.skip(`line ${count}`, 'it is not UTF-8');
  }
  file.tellSkipped(`${count} ${plural(count, 'line')}`);
  return {
    length: starts.length,
    at: (index) => {
      const start = starts.at(index);
      const end = lineEnd(bytes, start);
      const isCrLf = end < bytes.length && bytes[end - 1] === carriageReturn;
      return bytes.toString('utf8', start, isCrLf ? end - 1 : end);
    },
  };
}

function lineEnd(bytes: Buffer, start: number): number {
  const end = bytes.indexOf('\n', start);
  return end === -1 ? bytes.length : end;
}
