import { collapsed } from '../../core/reasons.js';
import type { Environment, ErrorCount, Health, SkippedCandidate } from '../../core/results.js';
import { formatCount, plural } from '../../core/units.js';
import { type Grid, type Lines, type Section, type Tone, left, right } from './section.js';

/** The machine in one line. */
export function environmentLine({ node, cpu, cores, kernel, platform }: Environment): string {
  return `${cpu}, ${cores} ${plural(cores, 'core')} · ${platform} ${kernel} · Node ${node}`;
}

/** Errors with their class, the most frequent first; nothing when there are none. */
export function errorSection(errors: readonly (ErrorCount & { readonly of?: string })[], ofHeading: string): Section[] {
  if (errors.length === 0) return [];
  const named = errors.some((error) => error.of !== undefined);
  const grid: Grid = {
    kind: 'grid',
    title: 'Errors',
    columns: [...(named ? [left(ofHeading)] : []), left('class'), right('count'), left('message')],
    rows: errors.map((error) => [
      ...(named ? [{ text: error.of ?? '' }] : []),
      { text: error.class },
      { text: formatCount(error.count), mark: 'bad' as const },
      { text: error.message },
    ]),
    notes: [],
  };
  return [grid];
}

const tones: Readonly<Record<Health['verdict'], Tone>> = { PASS: 'good', WARN: 'warning', INVALID: 'bad' };

export function healthSection(health: Health): Lines {
  return { kind: 'lines', title: `Health: ${health.verdict}`, tone: tones[health.verdict], lines: health.reasons };
}

/** The cards of several as one, each reason said of those whom it concerns. */
export function jointHealthSection(cards: readonly { readonly of: string; readonly health: Health }[]): Lines {
  const everybody = new Set(cards.map(({ of }) => of)).size;
  const verdicts = new Set(cards.map(({ health }) => health.verdict));
  const verdict: Health['verdict'] = verdicts.has('INVALID') ? 'INVALID' : verdicts.has('WARN') ? 'WARN' : 'PASS';
  const reasons = collapsed(cards.flatMap(({ of, health }) => health.reasons.map((text) => ({ text, about: [of] }))));
  return healthSection({
    verdict,
    reasons: reasons.map(({ text, about }) => (about.length === everybody ? text : `${about.join(', ')}: ${text}`)),
  });
}

export function skippedSection(skipped: readonly SkippedCandidate[]): Section[] {
  if (skipped.length === 0) return [];
  return [{ kind: 'lines', title: 'Skipped', lines: skipped.map(({ id, reason }) => `${id}: ${reason}`) }];
}

/** @param stopped why a run ended early, when nobody interrupted it */
export function warningSection(warnings: readonly string[], partial: boolean, stopped?: string): Section[] {
  const why = stopped === undefined ? 'interrupted' : `stopped (${stopped})`;
  const lines = [...(partial ? [`${why}: this is what was measured until then`] : []), ...warnings];
  return lines.length === 0 ? [] : [{ kind: 'lines', title: 'Warnings', tone: 'warning', lines }];
}
