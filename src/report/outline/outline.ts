import { answeredPerSecond } from '../../core/answered.js';
import { printableData } from '../../core/printable.js';
import type { Report } from '../../core/results.js';
import { formatCount, plural } from '../../core/units.js';
import { capacityHeadline, outlineCapacity } from './capacity.js';
import { durationCell } from './cells.js';
import { outlineCompare } from './compare.js';
import { outlineDrill } from './drill.js';
import { headline } from './headline.js';
import { outlineRegress, regressHeadline } from './regress.js';
import type { Section } from './section.js';
import { outlineSweep } from './sweep.js';
import { sweepHeadline } from './sweep-headline.js';

/** Any report as headed grids and lines, for a place `columns` characters wide. */
export function outline(raw: Report, columns: number): Section[] {
  const report = printableData(raw);
  switch (report.kind) {
    case 'drill':
      return outlineDrill(report, columns);
    case 'compare':
      return outlineCompare(report, columns);
    case 'sweep':
      return outlineSweep(report, columns);
    case 'capacity':
      return outlineCapacity(report);
    case 'regress':
      return outlineRegress(report);
  }
}

/** What a report says in one to three sentences. */
export function headlineOf(raw: Report): string[] {
  const report = printableData(raw);
  switch (report.kind) {
    case 'drill': {
      const { requests, ok, failed, latency } = report.total;
      const rate = formatCount(answeredPerSecond(report.total));
      const p99 = durationCell(latency.p99Us, ok).text;
      return [
        `${formatCount(requests)} ${plural(requests, 'request')}, ${formatCount(failed)} failed, ${rate} requests/s, p99 ${p99}.`,
      ];
    }
    case 'compare':
      return headline(report);
    case 'sweep':
      return sweepHeadline(report);
    case 'capacity':
      return capacityHeadline(report);
    case 'regress':
      return regressHeadline(report);
  }
}
