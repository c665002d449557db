import type { CompareReport } from '../../core/results.js';
import { absent, percentileCell, unsureNote } from './cells.js';
import { byRank } from './result-grid.js';
import { type Cell, type Grid, left, right } from './section.js';

/** Width of the name of a candidate, and of a column of times, in characters. */
const nameWidth = 14;
const columnWidth = 11;

/**
 * p99 of each step: a row a candidate, a column a step. Where somebody who computes makes everybody else late, it
 * shows here and nowhere else. Of more steps than fit, the slowest; nothing for plans of one step.
 */
export function stepGrid(report: CompareReport, columns: number): Grid[] {
  const all = [...new Set(report.candidates.flatMap((candidate) => candidate.steps.map(({ name }) => name)))];
  if (all.length < 2) return [];
  const slowest = all.toSorted((a, b) => slowestOf(report, b) - slowestOf(report, a));
  const fitting = new Set(slowest.slice(0, Math.floor((columns - nameWidth) / columnWidth)));
  const steps = all.filter((name) => fitting.has(name));
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
      notes: [
        ...(steps.length === all.length ? [] : [`the ${steps.length} slowest of ${all.length} steps`]),
        ...unsureNote(
          Math.min(...report.candidates.flatMap((one) => one.steps.map(({ requests, failed }) => requests - failed))),
          [99],
        ),
      ],
    },
  ];
}

/** The longest p99 that anybody has in a step. */
function slowestOf({ candidates }: CompareReport, name: string): number {
  return Math.max(
    0,
    ...candidates.flatMap(({ steps }) =>
      steps.filter((step) => step.name === name).map(({ latency }) => latency.p99Us),
    ),
  );
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
