import type { CapacityReport } from '../../core/results.js';
import { formatCount, formatDurationUs } from '../../core/units.js';
import { type Section, left, right } from './section.js';
import { environmentLine, warningSection } from './shared.js';

/** Who sustains most under the objectives. */
export function capacityHeadline({ candidates, objectives }: CapacityReport): string[] {
  const sorted = candidates.toSorted((a, b) => b.sustainedRps - a.sustainedRps);
  const [best] = sorted;
  if (best === undefined) return ['Nothing was measured.'];
  const under = objectives.join(' and ');
  if (best.sustainedRps === 0) return [`No candidate sustains any rate under ${under}.`];
  return [
    sorted.length === 1
      ? `${best.id} sustains ${formatCount(best.sustainedRps)} requests/s under ${under}.`
      : `${best.id} sustains most under ${under}: ${formatCount(best.sustainedRps)} requests/s.`,
  ];
}

export function outlineCapacity(report: CapacityReport): Section[] {
  const { plan, seed, elapsedMs, environment, candidates, skipped } = report;
  return [
    {
      kind: 'lines',
      title: `${plan.path}: the highest rate under ${report.objectives.join(' and ')}`,
      lines: [`seed ${seed} · ${formatDurationUs(elapsedMs * 1e3)}`, environmentLine(environment)],
    },
    { kind: 'lines', title: 'Verdict', lines: capacityHeadline(report) },
    {
      kind: 'grid',
      title: 'Capacity',
      columns: [left('mode'), right('sustained req/s'), right('failed at'), right('trials'), left('because')],
      rows: candidates.map(({ id, sustainedRps, failedRps, trials, limitedBy }) => [
        { text: id },
        sustainedRps === 0 ? { text: 'none', mark: 'bad' } : { text: formatCount(sustainedRps) },
        { text: failedRps === undefined ? '–' : formatCount(failedRps) },
        { text: String(trials.length) },
        { text: limitedBy ?? '' },
      ]),
      notes: [],
    },
    ...(skipped.length === 0
      ? []
      : [{ kind: 'lines', title: 'Skipped', lines: skipped.map(({ id, reason }) => `${id}: ${reason}`) } as const]),
    ...warningSection(report.warnings, report.partial),
  ];
}
