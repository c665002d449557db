/**
 * A report as headed grids and lines, before any decision on how they look. The terminal, Markdown and HTML
 * reporters draw the same outline, so that they never tell different stories.
 */
export type Section = Grid | Lines;

export interface Grid {
  readonly kind: 'grid';
  readonly title: string;
  /** A longer title, where there is room for one. */
  readonly caption?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** What the marks mean, why a value is doubtful. */
  readonly notes: readonly string[];
}

export interface Lines {
  readonly kind: 'lines';
  readonly title: string;
  readonly tone?: Tone;
  /** It says what was found: where that stands in large letters already, it is not said again. */
  readonly isVerdict?: true;
  readonly lines: readonly string[];
}

export interface Column {
  /** May hold a line break. */
  readonly heading: string;
  readonly align: 'left' | 'right';
}

export interface Cell {
  readonly text: string;
  readonly mark?: Mark;
}

/**
 * `best`: the best of its column, or not to be told from it. `better`, `worse`: against a baseline. `unsure`: too few
 * samples. `bad`: failures. `quiet`: of little interest.
 */
export type Mark = 'best' | 'better' | 'worse' | 'unsure' | 'bad' | 'quiet';

export type Tone = 'good' | 'warning' | 'bad';

export const left = (heading: string): Column => ({ heading, align: 'left' });
export const right = (heading: string): Column => ({ heading, align: 'right' });
