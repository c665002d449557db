import type { Report } from '../../src/core/results.js';
import table from '../../src/report/reporters/table.js';

/** A report as a file has it. */
export const plain = (report: Report, columns = 80): string => table.render(report, { colour: false, columns });

/** The first line of a text that begins so. */
export const lineOf = (text: string, start: string): string =>
  text.split('\n').find((line) => line.startsWith(start)) ?? '';
