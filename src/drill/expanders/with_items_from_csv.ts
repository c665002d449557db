import { parse } from 'csv-parse/sync';
import * as v from 'valibot';
import type { Expander } from '../expander.js';
import { repeatForItems, selectionEntries, type Items } from '../items.js';
import { readDataFile } from '../plan/data-file.js';
import type { PlanNode } from '../plan/node.js';
import { string } from '../plan/schema.js';
import type { StepCompiler } from '../plan/step-compiler.js';
import { validate } from '../plan/validate.js';

const csv = v.union(
  [string, v.object({ file_name: string, quote_char: v.optional(string, '"') })],
  'the path of a file, or a mapping with file_name and quote_char',
);

/** Rows that are skipped are named up to here, then counted. */
const maxNamed = 3;

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
  const at = typeof config === 'string' ? node : node.locate(['file_name']);
  const text = readDataFile(at, step);
  if (text === undefined) return undefined;
  if (quote.length !== 1)
    step.diagnostics.warn(
      node.locate(['quote_char']),
      `only the first character of 'quote_char' counts: '${quote.charAt(0)}'`,
    );
  const table = parseTable(text, quote.charAt(0), at, step);
  if (table === undefined) return undefined;
  const [header = [], ...rows] = table;
  const whole = rows.filter((row, index) => {
    if (row.length === header.length) return true;
    if (index < maxNamed)
      step.diagnostics.warn(
        at,
        `row ${index + 1} is skipped: it has ${row.length} fields, the header ${header.length}`,
      );
    return false;
  });
  const skipped = rows.length - whole.length;
  if (skipped > 0) step.diagnostics.warn(at, `${skipped} of ${rows.length} rows are skipped`);
  return {
    length: whole.length,
    at: (index) => Object.fromEntries(header.map((column, place) => [column, whole[index]?.[place] ?? ''])),
  };
}

function parseTable(text: string, quote: string, at: PlanNode, step: StepCompiler): string[][] | undefined {
  try {
    return parse(text, {
      quote: quote || false,
      escape: quote || '"',
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
    });
  } catch (error) {
    step.diagnostics.error(at, `not valid CSV: ${(error as Error).message}`);
    return undefined;
  }
}
