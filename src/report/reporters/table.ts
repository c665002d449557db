import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import pico from 'picocolors';
import { wrapped } from '../../core/wrapped.js';
import { outline } from '../outline/outline.js';
import type { Cell, Grid, Lines, Mark, Tone } from '../outline/section.js';
import type { Reporter } from '../reporter.js';

type Paint = ReturnType<typeof pico.createColors>;

const table: Reporter = {
  id: 'table',
  summary: 'people in a terminal: 80 columns, colours only where they are shown',
  extension: 'txt',
  render: (report, { colour, columns }) => {
    const paint = pico.createColors(colour);
    const sections = outline(report, columns).map((section) =>
      section.kind === 'grid' ? grid(section, paint, columns) : lines(section, paint, columns),
    );
    return `${sections.join('\n\n')}\n`;
  },
};

export default table;

/**
 * Stands in the gap before a value: marks survive where colours do not, and cost no width.
 *
 *     requests/s    p99
 *         146 k  1.2 ms      the gap of one or two characters between columns
 *        *151 k ~1.1 ms      is where the signs go
 */
const signs: Readonly<Record<Mark, string>> = {
  best: '*',
  better: ' ',
  worse: ' ',
  unsure: '~',
  bad: ' ',
  quiet: ' ',
};

const edges = ['top', 'bottom', 'mid', 'left', 'right', 'middle'];
const corners = ['top', 'bottom', 'mid'].flatMap((edge) => [`${edge}-mid`, `${edge}-left`, `${edge}-right`]);
const noBorder = Object.fromEntries([...edges, ...corners, 'left-mid', 'right-mid'].map((name) => [name, '']));

/** How much room a table takes: `1.22 ms` after two characters of gap, `1.22ms` after two, `1.22ms` after one. */
interface Layout {
  readonly gap: ' ' | '';
  readonly compact: boolean;
}

const compacted: Layout = { gap: ' ', compact: true };
const roomy: readonly Layout[] = [{ gap: ' ', compact: false }, compacted];
const tightest: Layout = { gap: '', compact: true };

/** In the roomiest layout that fits; where none does, with shorter names; where they are still too long, in pieces. */
function grid(section: Grid, paint: Paint, columns: number): string {
  const text = drawWhole(section, paint, columns) ?? inPieces(section, paint, columns);
  const notes = section.notes.flatMap((note) => wrapped(note, columns));
  return [text.replaceAll(/ +$/gm, ''), ...notes.map((line) => paint.dim(line))].join('\n');
}

function drawWhole(section: Grid, paint: Paint, columns: number): string | undefined {
  const fits = (text: string): boolean => widthOf(text) <= columns;
  const whole = [...roomy, tightest].map((layout) => drawGrid(section, layout, paint)).find(fits);
  if (whole !== undefined) return whole;
  const shorter = drawGrid(withShortNames(section, columns, paint), tightest, paint);
  return fits(shorter) ? shorter : undefined;
}

/** As many columns beside the first as there is room for, and below them the next, with the first again. */
function inPieces(section: Grid, paint: Paint, columns: number): string {
  const pieces: string[] = [];
  const width = section.columns.length;
  for (let from = 1, to = 2; from < width; from = to, to += 1) {
    let piece = someColumns(section, from, to);
    for (; to < width; to++) {
      const wider = someColumns(section, from, to + 1);
      if (widthOf(drawGrid(wider, compacted, paint)) > columns) break;
      piece = wider;
    }
    pieces.push(drawGrid(piece, compacted, paint));
  }
  return pieces.join('\n\n');
}

/** The first column, and those from one to before another. */
function someColumns(section: Grid, from: number, to: number): Grid {
  const pick = <T>(cells: readonly T[]): T[] => [...cells.slice(0, 1), ...cells.slice(from, to)];
  return { ...section, columns: pick(section.columns), rows: section.rows.map(pick) };
}

/** Fewer characters tell nobody who is meant. */
const leastNameWidth = 10;

/** The longest names, of rows and of columns, shortened step by step until the table fits. */
function withShortNames(section: Grid, columns: number, paint: Paint): Grid {
  const names = [...section.rows.map(([first]) => first?.text ?? ''), ...section.columns.map(({ heading }) => heading)];
  let fitting = section;
  for (let width = Math.max(...names.map((name) => name.length)); width >= leastNameWidth; width--) {
    fitting = {
      ...section,
      columns: section.columns.map((column) => ({ ...column, heading: shortened(column.heading, width) })),
      rows: section.rows.map(([first, ...rest]) => [{ ...first, text: shortened(first?.text ?? '', width) }, ...rest]),
    };
    if (widthOf(drawGrid(fitting, tightest, paint)) <= columns) break;
  }
  return fitting;
}

/** Settings stand at the end of a name, so its middle is left out: `pooled:wo…kers=4`. */
function shortened(name: string, width: number): string {
  if (name.length <= width) return name;
  const tail = Math.floor((width - 1) / 2);
  return `${name.slice(0, width - 1 - tail)}…${name.slice(name.length - tail)}`;
}

function drawGrid({ title, columns, rows }: Grid, { gap, compact }: Layout, paint: Paint): string {
  const drawn = new Table({
    chars: noBorder,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: columns.map(({ align }) => align),
  });
  // The title stands where the heading of the first column would: one line less, nothing lost.
  drawn.push(columns.map(({ heading }, i) => headingCell(i === 0 ? title : heading, i === 0 ? '' : `${gap} `, paint)));
  for (const row of rows)
    drawn.push(row.map((cell, i) => (i === 0 ? cell.text : shown(compact ? withoutSpace(cell) : cell, gap, paint))));
  return drawn.toString();
}

/** A figure and its unit without the space between them. */
function withoutSpace(cell: Cell): Cell {
  return { ...cell, text: cell.text.replace(/^([\d.]+) (µs|ms|s|k|M|B|KiB|MiB|GiB)$/, '$1$2') };
}

function widthOf(text: string): number {
  return Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.length),
  );
}

function headingCell(text: string, lead: string, paint: Paint): Table.CellOptions {
  const content = text
    .split('\n')
    .map((line) => `${lead}${paint.bold(line)}`)
    .join('\n');
  return { content, vAlign: 'bottom' };
}

function shown({ text, mark }: Cell, gap: string, paint: Paint): string {
  return mark === undefined ? `${gap} ${text}` : `${gap}${paintMark[mark](paint, `${signs[mark]}${text}`)}`;
}

const paintMark: Readonly<Record<Mark, (paint: Paint, text: string) => string>> = {
  best: (paint, text) => paint.bold(paint.green(text)),
  better: (paint, text) => paint.green(text),
  worse: (paint, text) => paint.red(text),
  unsure: (paint, text) => paint.dim(text),
  bad: (paint, text) => paint.red(text),
  quiet: (paint, text) => paint.dim(text),
};

const toneColour = { good: 'green', warning: 'yellow', bad: 'red' } as const satisfies Record<Tone, keyof Paint>;

function lines(section: Lines, paint: Paint, columns: number): string {
  const { tone } = section;
  const title = wrapped(section.title, columns).map((line) => (tone ? paint[toneColour[tone]](line) : line));
  return [
    ...title.map((line) => paint.bold(line)),
    ...section.lines.flatMap((line) => wrapped(line, columns - 2).map((piece) => `  ${piece}`)),
  ].join('\n');
}
