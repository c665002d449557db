import type { Report } from '../../core/results.js';
import { outlineCompare } from './compare.js';
import { outlineDrill } from './drill.js';
import type { Section } from './section.js';

/** Any report as headed grids and lines, for a place `columns` characters wide. */
export function outline(report: Report, columns: number): Section[] {
  switch (report.kind) {
    case 'drill':
      return outlineDrill(report, columns);
    case 'compare':
      return outlineCompare(report);
  }
}
