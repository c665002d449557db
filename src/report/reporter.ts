import type { Report } from '../core/results.js';
import { type Variant, VariantFolder } from '../core/variants.js';

/** What the place that a report is written to can show. */
export interface Style {
  readonly colour: boolean;
  /** Width in characters. */
  readonly columns: number;
}

/** One form of a report: a file of its own in `reporters/`. Pure: a report in, a text out, nothing printed. */
export interface Reporter extends Variant {
  /** Whom it is for: its row in docs/reports.md. */
  readonly summary: string;
  /** Files with this ending are written in this form (`-o result.json`); where several fit, the longest. */
  readonly extension: string;
  /** An environment variable that names a file to which another form of the same report is added. */
  readonly summaryFile?: { readonly variable: string; readonly format: string };
  /** The whole text, ending in a newline. */
  readonly render: (report: Report, style: Style) => string;
}

/** All forms, by the names that `--format` takes. */
export const reporters = new VariantFolder<Reporter>(new URL('./reporters/', import.meta.url), 'format');
