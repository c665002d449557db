import { failedPercent, failsMoreThanSomebody } from '../../core/failures.js';
import type { CompareCandidate, CompareReport, MetricId, Rank, Ranking } from '../../core/results.js';
import { leastRoundsForVerdict } from '../../core/results/compare.js';
import { formatCount, formatDurationUs, plural } from '../../core/units.js';

/** What a comparison found, in one to three plain sentences: who leads, by how much, at what cost. */
export function headline(report: CompareReport): string[] {
  const { candidates, partial, rounds, self } = report;
  if (candidates.length === 0) return ['Nothing was measured.'];
  if (candidates.every(({ requests, failed }) => requests === failed)) return [failureSentence(candidates)];
  if (self) return selfSentences(report);
  if (candidates.length === 1) return [];
  const look = rounds < leastRoundsForVerdict && !partial;
  return [
    ...leaderSentences(report),
    ...costSentence(report),
    ...(look
      ? [
          `This is a look, not a verdict: ${rounds} ${plural(rounds, 'round')}; ${leastRoundsForVerdict} or more can tell.`,
        ]
      : []),
  ];
}

/** `Not one request succeeded: 5485 status-4xx (404), …` */
function failureSentence(candidates: readonly CompareCandidate[]): string {
  const [worst] = candidates.flatMap(({ errors }) => errors).toSorted((a, b) => b.count - a.count);
  return `Not one request succeeded${worst === undefined ? '' : `: ${worst.message}`}.`;
}

/** Who is placed by figures, and who comes after them for failing more, whatever its figures. */
function byReliability(candidates: readonly CompareCandidate[]): Record<'reliable' | 'failing', CompareCandidate[]> {
  const fails = (candidate: CompareCandidate): boolean => failsMoreThanSomebody(candidate, candidates);
  return { reliable: candidates.filter((one) => !fails(one)), failing: candidates.filter(fails) };
}

function leaderSentences({ candidates, rankings, rankedBy }: CompareReport): string[] {
  const { reliable, failing } = byReliability(candidates);
  const ranks = ranksOf(reliable, rankings, rankedBy);
  if (failing.length === 0) return [leaderSentence(reliable, ranks, rankedBy, '')];
  const failures = listed(failing.map(failureOf));
  const [only, ...others] = reliable;
  if (only !== undefined && others.length === 0)
    return [
      `${only.id} leads with ${rankedBy === 'p99' ? 'a p99 of ' : ''}${figure(rankedBy, only)}, because ${failures}.`,
    ];
  return [
    leaderSentence(reliable, ranks, rankedBy, ' among those that failed less'),
    `${failures}, so ${failing.length === 1 ? 'it comes' : 'they come'} last.`,
  ];
}

/** The places of some in one metric, the best first. */
function ranksOf(candidates: readonly CompareCandidate[], rankings: readonly Ranking[], of: MetricId): Rank[] {
  const ids = new Set(candidates.map(({ id }) => id));
  return rankings.find(({ metric }) => metric === of)?.ranks.filter(({ id }) => ids.has(id)) ?? [];
}

function failureOf({ id, requests, failed }: CompareCandidate): string {
  if (requests === failed) return `${id} answered nothing as it should`;
  return `${id} failed ${failedPercent({ requests, failed }).toFixed(1)} % of its requests`;
}

/** @param among whom the sentence is about, when it is not everybody */
function leaderSentence(
  candidates: readonly CompareCandidate[],
  ranks: readonly Rank[],
  rankedBy: MetricId,
  among: string,
): string {
  const of = new Map(candidates.map((candidate) => [candidate.id, candidate]));
  const first = ranks.filter(({ rank }) => rank === 1).map(({ id }) => of.get(id) as CompareCandidate);
  const next = ranks.find(({ rank }) => rank > 1);
  const values = range(rankedBy, first);
  const names = listed(first.map(({ id }) => id));
  const what = rankedBy === 'rps' ? 'answers most requests' : 'has the lowest p99';
  if (next === undefined)
    return `Nobody leads${among}: ${rankedBy === 'p99' ? 'a p99 of ' : ''}${values} cannot be told apart.`;
  const follower = of.get(next.id) as CompareCandidate;
  const follows =
    follower.requests === follower.failed
      ? `${follower.id} answered nothing as it should`
      : `${factor(rankedBy, first, follower)} ${follower.id}, who follows`;
  return first.length === 1
    ? `${names} ${what}${among}: ${values}, ${follows}.`
    : `${names} lead together${among} (${values} cannot be told apart): ${follows}.`;
}

/** `110 k requests/s`, or `924 to 1043 requests/s` for several. */
function range(metric: MetricId, candidates: readonly CompareCandidate[]): string {
  const value = ({ rps, latency }: CompareCandidate): number => (metric === 'rps' ? rps : latency.p99Us);
  const sorted = candidates.toSorted((a, b) => value(a) - value(b));
  const [lowest, highest] = [sorted[0], sorted.at(-1)].map((one) => (one === undefined ? '' : figure(metric, one)));
  return lowest === highest ? (lowest ?? '') : `${lowest?.replace(' requests/s', '')} to ${highest}`;
}

function costSentence({ candidates, rankings }: CompareReport): string[] {
  const { reliable, failing } = byReliability(candidates);
  const [only, ...others] = reliable;
  if (only !== undefined && others.length === 0 && failing.length > 0) return costBesideFailures(only, failing);
  const ranks = ranksOf(reliable, rankings, 'cpu');
  const cheapest = candidates.find(({ id }) => id === ranks[0]?.id);
  const dearest = candidates.find(({ id }) => id === ranks.at(-1)?.id);
  if (cheapest?.cost === undefined || dearest?.cost === undefined || ranks.at(-1)?.rank === 1) return [];
  const share = ranks.filter(({ rank }) => rank === 1).map(({ id }) => id);
  return [
    `${listed(share)} ${share.length === 1 ? 'is' : 'are'} cheapest: ${cpuOf(cheapest)} of processor time a request; ${dearest.id} takes ${cpuOf(dearest)}.`,
  ];
}

/** Refusing is cheap: nobody is called cheapest for it. */
function costBesideFailures(only: CompareCandidate, failing: readonly CompareCandidate[]): string[] {
  const known = failing.filter(({ cost }) => cost !== undefined);
  if (only.cost === undefined || known.length === 0) return [];
  const others = listed(known.map((one) => `${one.id} ${cpuOf(one)}`));
  return [`${only.id} takes ${cpuOf(only)} of processor time a request; ${others}, failed ones among them.`];
}

const cpuOf = ({ cost }: CompareCandidate): string => formatDurationUs(cost?.cpuUsPerRequest ?? NaN);

function selfSentences({ effects, candidates }: CompareReport): string[] {
  const alarms = effects.filter(({ verdict }) => verdict === 'faster' || verdict === 'slower');
  const [id = ''] = candidates.map((candidate) => candidate.id);
  return [
    alarms.length === 0
      ? `${id} against itself: no difference found, as it should be.`
      : `${id} against itself: a false alarm in ${listed(alarms.map(({ metric }) => metric))}. Do not trust this machine now.`,
  ];
}

const figure = (metric: MetricId, { rps, latency }: CompareCandidate): string =>
  metric === 'rps' ? `${formatCount(rps)} requests/s` : formatDurationUs(latency.p99Us);

/** `1.84 times as many as`, of several `1.55 to 4.11 times`; or `3.00 times shorter than that of`. */
function factor(metric: MetricId, leaders: readonly CompareCandidate[], follower: CompareCandidate): string {
  const ratios = leaders.map(({ rps, latency }) =>
    metric === 'rps' ? rps / follower.rps : follower.latency.p99Us / latency.p99Us,
  );
  const ends = [...new Set([Math.min(...ratios), Math.max(...ratios)].map(times))];
  return `${ends.join(' to ')} times ${metric === 'rps' ? 'as many as' : 'shorter than that of'}`;
}

const times = (ratio: number): string => (ratio < 10 ? ratio.toFixed(2) : formatCount(ratio));

/** `a`, `a and b`, `a, b and c`. */
function listed(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
