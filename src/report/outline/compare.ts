import type { CompareReport } from '../../core/results.js';
import { formatDurationUs, plural } from '../../core/units.js';
import { costGrid, fairnessSection } from './cost.js';
import { effectGrid, selfGrid } from './effects.js';
import { headline } from './headline.js';
import { resultGrid } from './result-grid.js';
import type { Section } from './section.js';
import { environmentLine, errorSection, jointHealthSection, skippedSection, warningSection } from './shared.js';
import { stepGrid } from './step-grid.js';

/** A comparison in the order people read: what ran, the table, errors, health, warnings. */
export function outlineCompare(report: CompareReport, columns: number): Section[] {
  return [
    { kind: 'lines', title: report.plan.path, lines: [whatRan(report), environmentLine(report.environment)] },
    ...verdictSection(report),
    ...(report.candidates.length === 0 ? [] : [resultGrid(report)]),
    ...stepGrid(report, columns),
    ...(report.self ? [selfGrid(report)] : effectGrid(report)),
    ...errorSection(
      report.candidates.flatMap(({ id, errors }) => errors.map((error) => ({ ...error, of: id }))),
      'mode',
    ),
    ...costGrid(report),
    ...fairnessSection(report.fairness),
    ...(report.candidates.length === 0
      ? []
      : [jointHealthSection(report.candidates.map(({ id, health }) => ({ of: id, health })))]),
    ...skippedSection(report.skipped),
    ...warningSection(report.warnings, report.partial, report.stopped),
  ];
}

function verdictSection(report: CompareReport): Section[] {
  const lines = headline(report);
  return lines.length === 0 ? [] : [{ kind: 'lines', title: 'Verdict', isVerdict: true, lines }];
}

function whatRan({ candidates, rounds, seed, elapsedMs }: CompareReport): string {
  const transports = [...new Set(candidates.map(({ transport }) => transport))].join(', ');
  const parts = [
    `${rounds} ${plural(rounds, 'round')} interleaved in random order, seed ${seed}`,
    `transport ${transports === '' ? '–' : transports}`,
    formatDurationUs(elapsedMs * 1e3),
  ];
  return parts.join(' · ');
}
