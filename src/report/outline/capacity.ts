import type { CapacityCandidate, CapacityReport, CapacityTrial } from '../../core/results.js';
import { formatCount, formatDurationUs } from '../../core/units.js';
import { type Grid, type Section, left, right } from './section.js';
import { environmentLine, jointHealthSection, skippedSection, warningSection } from './shared.js';

/** Who sustains most under the objectives. */
export function capacityHeadline({ candidates, objectives }: CapacityReport): string[] {
  const [best, ...others] = candidates.toSorted((a, b) => b.sustainedRate - a.sustainedRate);
  if (best === undefined) return ['Nothing was measured.'];
  const under = objectives.join(' and ');
  if (best.sustainedRate === 0) return [`No rate met ${under} twice.`];
  const most = others.length === 0 ? '' : 'most, ';
  return [
    best.failedRate === undefined
      ? `${best.id} sustains ${most}${rateOf(best)} or more under ${under}: no rate was too high.`
      : `${best.id} sustains ${most}${rateOf(best)} under ${under}.`,
  ];
}

/** `100 iterations/s (200 requests/s)`; both are the same where an iteration is one request. */
function rateOf({ sustainedRate, trials }: CapacityCandidate): string {
  const rps = sustainingTrial(trials)?.rps ?? sustainedRate;
  const requests = `${formatCount(rps)} requests/s`;
  return Math.abs(rps / sustainedRate - 1) < 0.05
    ? requests
    : `${formatCount(sustainedRate)} iterations/s (${requests})`;
}

/** The run that confirmed the result; absent when there is none. */
export function sustainingTrial(trials: readonly CapacityTrial[]): CapacityTrial | undefined {
  return trials.find(({ stage, met }) => stage === 'confirmation' && met);
}

export function outlineCapacity(report: CapacityReport): Section[] {
  const { plan, seed, elapsedMs, environment, candidates } = report;
  return [
    {
      kind: 'lines',
      title: `${plan.path}: the highest rate under ${report.objectives.join(' and ')}`,
      lines: [`seed ${seed} · ${formatDurationUs(elapsedMs * 1e3)}`, environmentLine(environment)],
    },
    { kind: 'lines', title: 'Verdict', isVerdict: true, lines: capacityHeadline(report) },
    capacityGrid(candidates),
    ...candidates.map(trialGrid),
    jointHealthSection(
      // What the generator could not offer is why a rate failed; what counts is whether the met ones can be believed.
      candidates.flatMap(({ id, trials }) =>
        trials.filter(({ met }) => met).map(({ rate, health }) => ({ of: `${id} at ${formatCount(rate)}/s`, health })),
      ),
    ),
    ...skippedSection(report.skipped),
    ...warningSection(report.warnings, report.partial),
  ];
}

function capacityGrid(candidates: readonly CapacityCandidate[]): Grid {
  return {
    kind: 'grid',
    title: 'Capacity',
    columns: [left('mode'), right('sustained/s'), right('req/s'), right('failed at/s'), left('because')],
    rows: candidates.map(({ id, sustainedRate, failedRate, trials, limitedBy }) => [
      { text: id },
      sustainedRate === 0 ? { text: 'none', mark: 'bad' } : { text: formatCount(sustainedRate) },
      { text: formatCount(sustainingTrial(trials)?.rps ?? 0) },
      { text: failedRate === undefined ? '–' : formatCount(failedRate) },
      { text: limitedBy ?? '' },
    ]),
    notes: ['sustained: iterations of the plan per second'],
  };
}

/** Each rate in the order they were tried. */
function trialGrid({ id, trials }: CapacityCandidate): Grid {
  const objectives = trials[0]?.objectives ?? [];
  return {
    kind: 'grid',
    title: id,
    caption: `The rates that ${id} was tried with`,
    columns: [left('stage'), right('rate/s'), right('req/s'), ...objectives.map(({ text }) => right(text)), left('')],
    rows: trials.map(({ stage, rate, rps, objectives: results, met }) => [
      { text: stage },
      { text: formatCount(rate) },
      { text: formatCount(rps) },
      ...results.map(({ shown, met: one }) => (one ? { text: shown } : { text: shown, mark: 'bad' as const })),
      met ? { text: 'met' } : { text: 'not met', mark: 'bad' as const },
    ]),
    notes: [],
  };
}
