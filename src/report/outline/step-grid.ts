import type { CompareReport } from '../../core/results.js';
import { absent, percentileCell, unsureNote } from './cells.js';
import { byRank } from './result-grid.js';
import { type Cell, type Grid, left, right } from './section.js';

/** Width of the name of a candidate, and of a column of times, in characters. */
const nameWidth = 14;
const columnWidth = 11;

/**
 * p99 of each step: a row a candidate, a column a step. Where somebody who computes makes everybody else late, it
 * shows here and nowhere else. Nothing for plans of one step, or of more steps than fit.
 */
export function stepGrid(report: CompareReport, columns: number): Grid[] {
  const steps = [...new Set(report.candidates.flatMap((candidate) => candidate.steps.map(({ name }) => name)))];
  if (steps.length < 2 || steps.length > Math.floor((columns - nameWidth) / columnWidth)) return [];
  return [
    {
      kind: 'grid',
      title: 'p99 of',
      caption: 'p99 of each step',
      columns: [left('mode'), ...steps.map((name) => right(inLines(name)))],
      rows: byRank(report).map(({ id, steps: own }) => [
        { text: id },
        ...steps.map((name): Cell => {
          const step = own.find((one) => one.name === name);
          if (step === undefined) return absent;
          return percentileCell(step.latency.p99Us, 99, step.requests - step.failed);
        }),
      ]),
      notes: unsureNote(
        Math.min(...report.candidates.flatMap((one) => one.steps.map(({ requests, failed }) => requests - failed))),
        [99],
      ),
    },
  ];
}

/** A heading broken between words, so that it is no wider than its column. */
function inLines(name: string): string {
  const lines: string[] = [];
  for (const word of name.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length < columnWidth) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => (line.length < columnWidth ? line : `${line.slice(0, columnWidth - 2)}…`)).join('\n');
}
