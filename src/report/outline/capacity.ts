import { failedPercent } from '../../core/failures.js';
import type { CapacityCandidate, CapacityReport, CapacityTrial, ThresholdResult } from '../../core/results.js';
import { judgesAllSteps } from '../../core/thresholds.js';
import { formatCount, formatDurationUs } from '../../core/units.js';
import { absent, percentileCell, unsureNote } from './cells.js';
import { type Cell, type Grid, type Section, left, right } from './section.js';
import { environmentLine, jointHealthSection, skippedSection, warningSection } from './shared.js';

/** Who sustains most under the objectives, and why no more was found. */
export function capacityHeadline({ candidates, objectives }: CapacityReport): string[] {
  const [best, ...others] = candidates.toSorted((a, b) => b.sustainedRate - a.sustainedRate);
  if (best === undefined) return ['Nothing was measured.'];
  const under = objectives.join(' and ');
  if (best.sustainedRate === 0)
    return candidates.map((candidate) => `${candidate.id}: ${noneSentence(candidate, under)}.`);
  const most = others.length === 0 ? '' : 'most, ';
  return [
    `${best.id} sustains ${most}${rateOf(best)} under ${under}${orMore(best)}.`,
    ...others
      .filter(({ sustainedRate }) => sustainedRate === 0)
      .map((candidate) => `${candidate.id}: ${noneSentence(candidate, under)}.`),
  ];
}

/** Where something else than the server ended the search, its result is the least that the server can do. */
function orMore({ limit, limitedBy }: CapacityCandidate): string {
  if (limit === 'end') return ', or more: --to was reached';
  return limit === 'generator' ? `, or more: ${limitedBy ?? 'the generator'}` : '';
}

function noneSentence({ limit, limitedBy, trials }: CapacityCandidate, under: string): string {
  const once = Math.max(0, ...trials.filter(({ met }) => met).map(({ rate }) => rate));
  const met = once === 0 ? `no rate met ${under}` : `${under} were met once at ${formatCount(once)} iterations/s`;
  if (limit === undefined) return `interrupted; ${met} until then`;
  return once === 0 ? `${met} (${limitedBy ?? ''})` : `${met}, and at no rate a second time`;
}

/**
 * `100 iterations/s (200 requests/s)`; both are the same where an iteration is one request, which may have taken a
 * little longer than asked.
 */
function rateOf({ sustainedRate, trials }: CapacityCandidate): string {
  const rps = sustainingTrial(trials)?.rps ?? sustainedRate;
  const requests = `${formatCount(rps)} requests/s`;
  return rps > sustainedRate * 0.9 && rps < sustainedRate * 1.05
    ? `${formatCount(sustainedRate)} requests/s`
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
      candidates.flatMap(({ id, trials }) =>
        telling(trials).map(({ rate, health }) => ({ of: `${id} at ${formatCount(rate)}/s`, health })),
      ),
    ),
    ...skippedSection(report.skipped),
    ...warningSection(report.warnings, report.partial, report.stopped),
  ];
}

/**
 * The trials whose health counts: what the generator could not offer is why a rate failed, and what is to be believed
 * are those that were met. Where none was, all that there are.
 */
function telling(trials: readonly CapacityTrial[]): readonly CapacityTrial[] {
  const met = trials.filter((trial) => trial.met);
  return met.length > 0 ? met : trials;
}

function capacityGrid(candidates: readonly CapacityCandidate[]): Grid {
  return {
    kind: 'grid',
    title: 'Capacity',
    columns: [left('mode'), right('sustained/s'), right('req/s'), right('missed at/s'), left('because')],
    rows: candidates.map(({ id, sustainedRate, failedRate, trials, limit, limitedBy }) => [
      { text: id },
      sustainedRate === 0 ? { text: 'none', mark: 'bad' } : { text: formatCount(sustainedRate) },
      sustainedRate === 0 ? absent : { text: formatCount(sustainingTrial(trials)?.rps ?? 0) },
      failedRate === undefined ? absent : { text: formatCount(failedRate) },
      { text: limitedBy ?? (limit === 'end' ? '--to was reached' : 'interrupted') },
    ]),
    notes: ['sustained: iterations of the plan per second'],
  };
}

/** Each rate in the order in which they were tried: what it brought, how quick it was, what was made of it. */
function trialGrid({ id, trials }: CapacityCandidate): Grid {
  const objectives = trials[0]?.objectives ?? [];
  const samples = trials.map(({ requests, failed }) => requests - failed);
  const p99IsThere = judgesAllSteps(objectives, 'p99');
  // Where no objective is about them, they may still be why a rate was not met.
  const showsFailures = !judgesAllSteps(objectives, 'errors') && trials.some(({ failed }) => failed > 0);
  return {
    kind: 'grid',
    title: id,
    caption: `The rates that ${id} was tried with`,
    columns: [
      left('stage'),
      right('rate/s'),
      right('req/s'),
      ...(p99IsThere ? [] : [right('p99')]),
      ...objectives.map(({ text }) => right(text)),
      ...(showsFailures ? [right('failed')] : []),
      left(''),
    ],
    rows: trials.map(({ stage, rate, rps, latency, requests, failed, objectives: results, met }, place) => [
      { text: stage },
      { text: formatCount(rate) },
      { text: formatCount(rps) },
      ...(p99IsThere ? [] : [percentileCell(latency.p99Us, 99, samples[place] ?? 0)]),
      ...results.map((result) => objectiveCell(result, samples[place] ?? 0)),
      ...(showsFailures ? [{ text: `${failedPercent({ requests, failed }).toFixed(1)} %` }] : []),
      met ? { text: 'met' } : { text: 'not met', mark: 'bad' as const },
    ]),
    notes: unsureNote(Math.min(...samples.filter((ok) => ok > 0)), [99]),
  };
}

/** What an objective was; a percentile of too few samples is marked, as everywhere. */
function objectiveCell({ metric, shown, step, value, met }: ThresholdResult, samples: number): Cell {
  if (!met) return { text: shown, mark: 'bad' };
  const percentile = /^p([\d.]+)$/.exec(metric)?.[1];
  return percentile === undefined || value === undefined || step !== undefined
    ? { text: shown }
    : percentileCell(value, Number(percentile), samples);
}
