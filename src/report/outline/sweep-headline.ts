import type { Crossover, LoadKind, SweepCurve, SweepMetric, SweepReport } from '../../core/results.js';
import { failedPercent } from '../../core/failures.js';
import { contendersAt, isSound } from '../../core/sweep-points.js';
import { formatCount, plural } from '../../core/units.js';

/** What a load of a sweep counts. */
export const unitOf = { concurrency: 'connections', rate: 'iterations/s' } as const;
/** What `--rounds` is when nobody says it. */
const usualRounds = 5;

const titles = { rps: 'Highest throughput', p99: 'Lowest p99' } as const;

/** Who is ahead under which load and by how much, and where curves cross. */
export function sweepHeadline(report: SweepReport): string[] {
  const { crossovers, curves, vary } = report;
  const [only, ...others] = curves;
  if (only === undefined) return ['Nothing was measured.'];
  if (curves.every(({ points }) => points.every(({ requests, failed }) => requests === failed)))
    return ['Not one request was answered as it should.'];
  return [
    ...(others.length === 0
      ? [aloneSentence(only)]
      : [
          leaderSentence('rps', report),
          leaderSentence('p99', report),
          ...crossovers.map((crossover) => crossoverSentence(crossover, unitOf[vary])),
        ]),
    ...failureSentences(curves),
    ...doubtSentence(curves),
  ];
}

/** `b failed up to 50.0 % of its requests at 1, 4, more than another, and is ahead of nobody there.` */
function failureSentences(curves: readonly SweepCurve[]): string[] {
  return curves.flatMap(({ id, points }) => {
    const failing = points.filter((point) => isSound(point) && !contendersAt(curves, point.load).includes(point));
    if (failing.length === 0) return [];
    const most = Math.max(...failing.map(failedPercent)).toFixed(1);
    const loads = failing.map(({ load }) => formatCount(load)).join(', ');
    const upTo = failing.length === 1 ? '' : 'up to ';
    return [
      `${id} failed ${upTo}${most} % of its requests at ${loads}, more than another, and is ahead of nobody there.`,
    ];
  });
}

function aloneSentence({ id, points, knee }: SweepCurve): string {
  const sound = points.filter(isSound);
  const last = sound.at(-1);
  if (last === undefined) return `${id} has no load whose figures can be believed.`;
  const highest = Math.max(...sound.map(({ rps }) => rps));
  const bend =
    knee === undefined
      ? `up to a load of ${formatCount(last.load)} it has no knee: more load may bring more`
      : `from a load of ${formatCount(knee)} on more load brings mostly waiting`;
  return `${id} reaches ${formatCount(highest)} requests/s; ${bend}.`;
}

/** Neighbouring loads at which the same candidates are ahead. */
interface Stretch {
  readonly ids: readonly string[];
  readonly loads: number[];
}

/** `Lowest p99: threaded at 1 to 16 connections (the next: 1.2 to 1.5 times as long), nobody ahead at 32.` */
function leaderSentence(metric: SweepMetric, { leaders, curves, vary, rounds }: SweepReport): string {
  const stretches: Stretch[] = [];
  for (const { load, ids } of leaders.filter((one) => one.metric === metric)) {
    const last = stretches.at(-1);
    if (last?.ids.join('\n') === ids.join('\n')) last.loads.push(load);
    else stretches.push({ ids, loads: [load] });
  }
  if (stretches.every(({ ids }) => ids.length === 0))
    return `${titles[metric]}: not to be told, for under no load can two of them be believed.`;
  if (stretches.every(({ ids }) => ids.length === 0 || ids.length === curves.length))
    return `${titles[metric]}: nobody is ahead under any load, as far as ${rounds} ${plural(rounds, 'round')} can tell${rounds < usualRounds ? ` (the usual ${usualRounds} tell more)` : ''}.`;
  const parts = stretches.map((stretch, place) => {
    const unit = place === 0 ? ` ${unitAt(stretch.loads, vary)}` : '';
    return `${namesOf(stretch.ids, curves)} at ${span(stretch.loads)}${unit}${marginOf(metric, stretch, curves)}`;
  });
  return `${titles[metric]}: ${parts.join(', ')}.`;
}

function namesOf(ids: readonly string[], curves: readonly SweepCurve[]): string {
  if (ids.length === 0) return 'not to be told';
  if (ids.length === curves.length) return 'nobody ahead';
  return ids.length <= 3 ? ids.join(' and ') : `${ids.length} together`;
}

/** `1 connection`, `1 to 16 connections`. */
const unitAt = (loads: readonly number[], vary: LoadKind): string =>
  vary === 'concurrency' ? plural(loads.at(-1) ?? 0, 'connection') : unitOf[vary];

function span(loads: readonly number[]): string {
  const [from = 0, to = from] = [loads[0], loads.at(-1)];
  return from === to ? formatCount(from) : `${formatCount(from)} to ${formatCount(to)}`;
}

/** By how much one who leads alone is ahead of the next: ` (1.2 to 1.5 times the next)`. */
function marginOf(metric: SweepMetric, { ids, loads }: Stretch, curves: readonly SweepCurve[]): string {
  const [leader, ...others] = ids;
  if (leader === undefined || others.length > 0) return '';
  const ratios = loads.flatMap((load) => {
    const contenders = contendersAt(curves, load);
    const at = ({ points }: SweepCurve): number[] =>
      points
        .filter((point) => contenders.includes(point))
        .map(({ rps, latency }) => (metric === 'rps' ? rps : 1 / latency.p99Us));
    const own = curves.filter(({ id }) => id === leader).flatMap(at)[0] ?? 0;
    const next = Math.max(0, ...curves.filter(({ id }) => id !== leader).flatMap(at));
    return next === 0 ? [] : [own / next];
  });
  if (ratios.length === 0) return '';
  const [least, most] = [times(Math.min(...ratios)), times(Math.max(...ratios))];
  const range = least === most ? least : `${least} to ${most}`;
  return metric === 'rps' ? ` (${range} times the next)` : ` (the next: ${range} times as long)`;
}

const times = (ratio: number): string => (ratio < 10 ? ratio.toPrecision(2) : formatCount(Math.round(ratio)));

/** `By p99 threaded wins below 42 ± 6 connections, event-loop above.` */
export function crossoverSentence({ metric, below, above, load, low, high }: Crossover, unit: string): string {
  const spread = Math.max(high - load, load - low);
  // Of a small load the first digit after the point is of interest, too.
  const round = (value: number): string => (load < 10 ? value.toFixed(1) : formatCount(Math.round(value)));
  const by = metric === 'rps' ? 'throughput' : 'p99';
  return `By ${by} ${below} wins below ${round(load)} ± ${round(spread)} ${unit}, ${above} above.`;
}

function doubtSentence(curves: readonly SweepCurve[]): string[] {
  const doubtful = curves
    .map(({ id, points }) => ({ id, loads: points.filter((point) => !isSound(point)).map(({ load }) => load) }))
    .filter(({ loads }) => loads.length > 0);
  if (doubtful.length === 0) return [];
  const places = doubtful.map(({ id, loads }) => `${id} at ${loads.map(formatCount).join(', ')}`);
  return [`Not to be believed, and left out of the verdict: ${places.join('; ')}. See the health card.`];
}
