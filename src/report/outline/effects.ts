import { failsMore } from '../../core/failures.js';
import type { CompareReport, Effect, MetricId } from '../../core/results.js';
import { leastRoundsForVerdict } from '../../core/results/compare.js';
import { formatCount } from '../../core/units.js';
import { absent } from './cells.js';
import { metricNames } from './metric-names.js';
import { byRank } from './result-grid.js';
import { type Cell, type Grid, left, right } from './section.js';

/** Metrics of the grid of effects, in the order of a report. */
const shown: readonly { readonly metric: MetricId; readonly heading: string }[] = [
  { metric: 'rps', heading: 'req/s' },
  { metric: 'p50', heading: 'p50' },
  { metric: 'p99', heading: 'p99' },
  { metric: 'cpu', heading: 'CPU/req' },
];

/** `+5.1%`, `-20%`; from twice or half on as a factor: `×14`, `÷2.2`. */
function formatPercent(percent: number): string {
  if (!Number.isFinite(percent)) return '∞';
  return isFactor(percent) ? `${factorSign(percent)}${factorOf(percent)}` : `${signed(percent)}%`;
}

/** An effect with its interval: `-20% [-21, -18]`, `×3.9 [3.8, 4.1]`; no percentage where it may be noise. */
export function formatEffect({ verdict, percent, lowPercent, highPercent }: Effect): string {
  if (verdict === 'same') return 'same';
  if (verdict === 'inconclusive') return `~ [${plainPercent(lowPercent)}, ${plainPercent(highPercent)}]`;
  const ends = [lowPercent, highPercent];
  if (!isFactor(percent)) return `${signed(percent)}% [${ends.map(plainPercent).join(', ')}]`;
  // Where the factor is ten and more, nobody asks for its third digit.
  if (Number(factorOf(percent)) >= 10 || !ends.every(isFactor)) return formatPercent(percent);
  const factors = ends.map(factorOf).toSorted((a, b) => Number(a) - Number(b));
  return `${formatPercent(percent)} [${factors.join(', ')}]`;
}

/** A change and its interval in one notation: `+23%` and `[+18%, +29%]`, or `÷2.1` and `[÷3.0, ÷1.8]`. */
export function formatChange({
  percent,
  lowPercent,
  highPercent,
}: Change): readonly [change: string, interval: string] {
  const known = [percent, lowPercent, highPercent].filter(Number.isFinite);
  const format = known.some(isFactor)
    ? (value: number) => (Number.isFinite(value) ? `${factorSign(value)}${factorOf(value)}` : '∞')
    : formatPercent;
  return [format(percent), `[${format(lowPercent)}, ${format(highPercent)}]`];
}

type Change = Pick<Effect, 'percent' | 'lowPercent' | 'highPercent'>;

const isFactor = (percent: number): boolean => percent >= 100 || percent <= -50;
const factorSign = (percent: number): string => (percent > 0 ? '×' : '÷');

function factorOf(percent: number): string {
  const ratio = 1 + percent / 100;
  const factor = ratio >= 1 ? ratio : 1 / ratio;
  return factor < 10 ? factor.toFixed(1) : formatCount(Math.round(factor));
}

function signed(percent: number): string {
  const text = percent.toFixed(Math.abs(percent) < 10 ? 1 : 0);
  if (Number(text) === 0) return '0';
  return percent > 0 ? `+${text}` : text;
}

const plainPercent = (percent: number): string => (Number.isFinite(percent) ? signed(percent) : '∞');

export function effectCell(effect: Effect | undefined): Cell {
  if (effect === undefined) return absent;
  const text = formatEffect(effect);
  switch (effect.verdict) {
    case 'faster':
      return { text, mark: 'better' };
    case 'slower':
      return { text, mark: 'worse' };
    case 'same':
    case 'inconclusive':
      return { text, mark: 'quiet' };
  }
}

/** Every candidate against the baseline; nothing where so few rounds allow no verdict. */
export function effectGrid(report: CompareReport): Grid[] {
  const { baseline, effects } = report;
  if (effects.every(({ rounds }) => rounds < leastRoundsForVerdict)) return [];
  const others = byRank(report).filter(({ id }) => id !== baseline);
  return [
    {
      kind: 'grid',
      title: 'Change',
      caption: `Change against ${baseline}`,
      columns: [left('mode'), ...shown.map(({ heading }) => right(heading))],
      rows: others.map(({ id }) => [
        { text: id },
        ...shown.map(({ metric }) =>
          effectCell(effects.find((effect) => effect.candidate === id && effect.metric === metric)),
        ),
      ]),
      notes: [`against ${baseline}, 95 % intervals over rounds; ${unsureMeaning(report)} (docs/comparing.md)`],
    },
  ];
}

/** What `~` before an interval means. */
function unsureMeaning({ baseline, candidates }: CompareReport): string {
  const against = candidates.find(({ id }) => id === baseline);
  const unequal = candidates.some(
    (one) => against !== undefined && (failsMore(one, against) || failsMore(against, one)),
  );
  return `~ may be smaller than matters${unequal ? ', or better only for whoever failed more' : ''}`;
}

const selfMetrics: readonly MetricId[] = ['rps', 'p50', 'p90', 'p99', 'cpu', 'ioCalls', 'switches', 'peakRss'];

/** A server against itself: what noise there is, and what change could be seen through it. */
export function selfGrid({ effects }: CompareReport): Grid {
  const known = selfMetrics.flatMap((metric) => {
    const effect = effects.find((one) => one.metric === metric);
    return effect === undefined ? [] : [{ name: metricNames[metric], effect }];
  });
  return {
    kind: 'grid',
    title: 'Metric',
    caption: 'What is noise here',
    columns: [left('metric'), right('difference'), left('verdict'), right('smallest change to be seen')],
    rows: known.map(({ name, effect }) => [
      { text: name },
      { text: formatChange(effect)[1] },
      effect.verdict === 'faster' || effect.verdict === 'slower'
        ? { text: effect.verdict, mark: 'bad' }
        : { text: effect.verdict },
      { text: `±${effect.detectablePercent.toPrecision(2)}%` },
    ]),
    notes: [],
  };
}
