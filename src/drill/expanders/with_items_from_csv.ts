import * as v from 'valibot';
import { plural } from '../../core/units.js';
import { CsvReader } from '../data/csv-reader.js';
import { DataFile } from '../data/data-file.js';
import { Offsets } from '../data/offsets.js';
import type { Expander } from '../expander.js';
import { repeatForItems, selectionEntries, type Items } from '../items.js';
import type { PlanNode } from '../plan/node.js';
import { string } from '../plan/schema.js';
import type { StepCompiler } from '../plan/step-compiler.js';
import { validate } from '../plan/validate.js';

const csv = v.union(
  [string, v.object({ file_name: string, quote_char: v.optional(v.pipe(string, v.nonEmpty('one character')), '"') })],
  'the path of a file, or a mapping with file_name and quote_char',
);

/** One request for each row of a CSV file: `item.column` is the text in that column. */
const withItemsFromCsv: Expander = {
  id: 'with_items_from_csv',
  rank: 40,
  entries: {
    with_items_from_csv: v.optional(v.pipe(csv, v.description('One request for each row; {{ item.column }}.'))),
    ...selectionEntries,
  },
  accepts: (value) => typeof value.value === 'string' || value.isMapping,
  expected: csv.message,
  repeatsAction: true,
  expand: (step) => {
    const node = step.node.get('with_items_from_csv') as PlanNode;
    const config = validate(csv, node, step.diagnostics);
    return repeatForItems(step, config === undefined ? undefined : readRows(config, node, step));
  },
};

export default withItemsFromCsv;

function readRows(config: v.InferOutput<typeof csv>, node: PlanNode, step: StepCompiler): Items | undefined {
  const quote = typeof config === 'string' ? '"' : config.quote_char;
  const file = DataFile.read(typeof config === 'string' ? node : node.locate(['file_name']), step);
  if (file === undefined) return undefined;
  if (quote.length > 1)
    step.diagnostics.warn(
      node.locate(['quote_char']),
      `only the first character of 'quote_char' counts: '${quote.charAt(0)}'`,
    );
  return rowsOf(file, Buffer.from(quote)[0] as number);
}

/** Checks every row, and keeps where the good ones begin. */
function rowsOf(file: DataFile, quote: number): Items {
  const reader = new CsvReader(file.bytes, quote);
  const header: string[] = [];
  reader.next(header);
  const starts = new Offsets();
  let count = 0;
  for (let fields = reader.next(); fields > 0; fields = reader.next()) {
    count += 1;
    if (fields !== header.length)
      file.skip(`row ${count}`, `it has ${fields} ${plural(fields, 'field')}, the header ${header.length}`);
    else if (!file.isText(reader.rowStart, reader.position)) file.skip(`row ${count}`, 'it is not UTF-8');
    else starts.push(reader.rowStart);
  }
  file.tellSkipped(`${count} ${plural(count, 'row')}`);
  return {
    length: starts.length,
    at: (index) => {
      const row: string[] = [];
      reader.position = starts.at(index);
      reader.next(row);
      return Object.fromEntries(header.map((column, place) => [column, row[place] as string]));
    },
  };
}
