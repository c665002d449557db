import { ExitCode, UserError } from '../../core/errors.js';
import { printable } from '../../core/printable.js';
import { plural } from '../../core/units.js';
import type { PlanNode } from './node.js';
import type { PlanSource, Position } from './source.js';

/** One thing to say about a plan, with the line it is about. */
export interface Diagnostic extends Position {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** The nearest right thing. */
  readonly hint: string | undefined;
  readonly sourceLine: string;
}

/** So many errors are told, and so many warnings; further ones are counted. */
const maxTold = 50;

/** Collects everything that is wrong with a plan, so that it can be said at once. */
export class Diagnostics {
  readonly #list: Diagnostic[] = [];
  readonly #counts = { error: 0, warning: 0 };
  readonly #strict: boolean;

  /** @param strict warnings are errors */
  constructor(strict = false) {
    this.#strict = strict;
  }

  error(at: PlanNode, message: string, hint?: string): void {
    this.add('error', at.source, at.position, message, hint);
  }

  warn(at: PlanNode, message: string, hint?: string): void {
    this.add(this.#strict ? 'error' : 'warning', at.source, at.position, message, hint);
  }

  add(severity: Diagnostic['severity'], source: PlanSource, position: Position, message: string, hint?: string): void {
    this.#counts[severity] += 1;
    if (this.#counts[severity] > maxTold) return;
    this.#list.push({ severity, ...position, message, hint, sourceLine: source.line(position.line) });
  }

  get hasErrors(): boolean {
    return this.#counts.error > 0;
  }

  get warnings(): readonly Diagnostic[] {
    return [...this.#list.filter(({ severity }) => severity === 'warning'), ...this.#untold('warning')];
  }

  /** @throws {PlanError} when there is any error */
  throwIfWrong(exitCode: ExitCode = ExitCode.usage): void {
    if (!this.hasErrors) return;
    const told = [...this.#list.toSorted(byPosition), ...this.#untold('error'), ...this.#untold('warning')];
    throw new PlanError(told, this.#counts.error, exitCode);
  }

  /** How many more there are, at the place of the last that is told. */
  #untold(severity: Diagnostic['severity']): readonly Diagnostic[] {
    const count = this.#counts[severity] - maxTold;
    const last = this.#list.findLast((told) => told.severity === severity);
    if (count <= 0 || last === undefined) return [];
    return [{ ...last, message: `and ${count} ${plural(count, severity)} more`, hint: undefined, sourceLine: '' }];
  }
}

/**
 * A diagnostic as people read it:
 *
 *     plan.yml:7:5: error: unknown key 'nmae'
 *        7 |   - nmae: login
 *          |     ^ did you mean 'name'?
 */
export function formatDiagnostic({ file, line, column, severity, message, hint, sourceLine }: Diagnostic): string {
  const head = visible(`${file}:${line}:${column}: ${severity}: ${shortened(message)}`);
  // There is nothing to show of a file that is not there.
  if (sourceLine === '') return hint === undefined ? head : `${head}\n${visible(hint)}`;
  const number = String(line).padStart(5);
  const { text, before } = excerptOf(sourceLine, column - 1);
  const caret = visible(before).replace(/[^\t]/g, ' ');
  const pointer = `${' '.repeat(number.length)} | ${caret}^${hint === undefined ? '' : ` ${visible(shortened(hint))}`}`;
  return `${head}\n${number} | ${visible(text)}\n${pointer}`;
}

/** The same in one line, for reports: `plan.yml:7:5: unknown key 'nmae', did you mean 'name'?` */
export function diagnosticLine({ file, line, column, message, hint }: Diagnostic): string {
  const sentence = hint === undefined ? message : `${message}, ${hint}`;
  return `${file}:${line}:${column}: ${printable(shortened(sentence))}`;
}

const maxMessageLength = 1000;
const maxExcerptLength = 160;

function shortened(text: string): string {
  return text.length <= maxMessageLength ? text : `${text.slice(0, maxMessageLength)}…`;
}

/** A line as far as it can be looked at, and what of that stands before a place in it. */
function excerptOf(line: string, at: number): { readonly text: string; readonly before: string } {
  if (line.length <= maxExcerptLength) return { text: line, before: line.slice(0, at).padEnd(at) };
  const from = Math.max(0, at - maxExcerptLength / 2);
  const start = from === 0 ? '' : '…';
  const end = from + maxExcerptLength < line.length ? '…' : '';
  return { text: `${start}${line.slice(from, from + maxExcerptLength)}${end}`, before: start + line.slice(from, at) };
}

/** A plan must not write over the terminal; tabs stay, so that the caret stands where it should. */
function visible(text: string): string {
  return text.split('\t').map(printable).join('\t');
}

function byPosition(a: Diagnostic, b: Diagnostic): number {
  return a.file === b.file ? a.line - b.line || a.column - b.column : 0;
}

/** Everything that is wrong with a plan, and what looks doubtful beside it: that is often the reason. */
export class PlanError extends UserError {
  readonly diagnostics: readonly Diagnostic[];

  /** @param errors how many mistakes it has, those too that are only counted */
  constructor(diagnostics: readonly Diagnostic[], errors: number, exitCode: ExitCode) {
    const count = errors === 1 ? 'a mistake' : `${errors} mistakes`;
    super(`the plan has ${count}\n${diagnostics.map(formatDiagnostic).join('\n')}`, { exitCode });
    this.diagnostics = diagnostics;
  }
}
