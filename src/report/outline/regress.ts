import type { Gate, RegressReport } from '../../core/results.js';
import { leastRoundsForVerdict } from '../../core/results/compare.js';
import { formatDurationUs, plural } from '../../core/units.js';
import { costGrid, fairnessSection } from './cost.js';
import { formatChange } from './effects.js';
import { metricNames } from './metric-names.js';
import { resultGrid } from './result-grid.js';
import { type Grid, type Lines, type Section, type Tone, left, right } from './section.js';
import { environmentLine, errorSection, jointHealthSection, warningSection } from './shared.js';
import { thresholdGrid } from './threshold-grid.js';

const titles: Readonly<Record<RegressReport['outcome'], readonly [title: string, tone: Tone]>> = {
  pass: ['No regression', 'good'],
  slower: ['Slower', 'bad'],
  threshold: ['Threshold not met', 'bad'],
  inconclusive: ['Inconclusive', 'warning'],
  incomparable: ['Not comparable', 'warning'],
};

/** Some gates may tell something where others tell nothing. */
function titleOf({ outcome, gates }: RegressReport): string {
  const tells = gates.some(({ verdict }) => verdict !== 'inconclusive');
  return outcome === 'inconclusive' && tells ? 'Nothing became slower, as far as it can be told' : titles[outcome][0];
}

/** `step 'login': p99 +23% [+18%, +29%] against base, 12 rounds, p = 0.002, confirmed by a second run`. */
export function describeGate(gate: Gate): string {
  const { step, metric, baseline, rounds, adjustedP, confirmed } = gate;
  const where = step === undefined ? 'all steps' : `step '${step}'`;
  const again =
    confirmed === undefined ? '' : confirmed ? ', confirmed by a second run' : ', not confirmed by a second run';
  return `${where}: ${metricNames[metric]} ${changeOf(gate).join(' ')} against ${baseline}, ${rounds} rounds, p = ${adjustedP.toPrecision(2)}${again}`;
}

/** Errors in points, everything else relative. */
function changeOf(gate: Gate): readonly [change: string, interval: string] {
  if (gate.metric !== 'errors') return formatChange(gate);
  return [`${gate.percent.toFixed(2)} points`, `[${gate.lowPercent.toFixed(2)}, ${gate.highPercent.toFixed(2)}]`];
}

/** What a regression check found, the reasons first. */
export function regressHeadline(report: RegressReport): string[] {
  const failing = report.gates.filter((gate) => gate.fails).map(describeGate);
  const unmet = report.thresholds.filter(({ met }) => !met).map(({ text, shown }) => `${text} is not met: ${shown}`);
  return [`${titleOf(report)}.`, ...failing, ...unmet, ...unsureSentence(report), ...informationSentence(report)];
}

function unsureSentence({ gates, comparison: { rounds } }: RegressReport): string[] {
  if (rounds < leastRoundsForVerdict)
    return [
      `${rounds} ${rounds === 1 ? 'round is' : 'rounds are'} too few for a verdict, ${leastRoundsForVerdict} are enough: more --rounds, or more --max-time.`,
    ];
  const unsure = gates.filter(({ verdict }) => verdict === 'inconclusive').length;
  if (unsure === 0) return [];
  return [`${told(unsure, gates)} inconclusive: the noise is larger than the change looked for.`];
}

/** `1 of 5 gates is`. */
const told = (count: number, { length }: readonly Gate[]): string =>
  `${count} of ${length} ${plural(length, 'gate')} ${count === 1 ? 'is' : 'are'}`;

function informationSentence({ differences, gates, outcome }: RegressReport): string[] {
  if (differences.length === 0) return [];
  const slower = gates.filter(({ verdict }) => verdict === 'slower').length;
  const found = slower === 0 ? '' : `${told(slower, gates)} slower. `;
  return outcome === 'incomparable'
    ? [`${found}It is for information only, because it was not measured alike: ${differences.join('; ')}.`]
    : [`Not measured alike: ${differences.join('; ')}.`];
}

export function outlineRegress(report: RegressReport): Section[] {
  const { plan, baseline, comparison } = report;
  const [, ...lines] = regressHeadline(report);
  const [, tone] = titles[report.outcome];
  const verdict: Lines = { kind: 'lines', title: titleOf(report), tone, isVerdict: true, lines };
  return [
    {
      kind: 'lines',
      title: plan.path,
      lines: [
        `against ${baseline.source} of ${baseline.startedAt} · ${comparison.rounds} ${plural(comparison.rounds, 'round')} · seed ${report.seed} · ${formatDurationUs(report.elapsedMs * 1e3)}`,
        environmentLine(report.environment),
      ],
    },
    verdict,
    ...gateGrid(report.gates),
    ...thresholdGrid(report.thresholds),
    resultGrid(comparison),
    ...errorSection(
      comparison.candidates.flatMap(({ id, errors }) => errors.map((error) => ({ ...error, of: id }))),
      'of',
    ),
    ...costGrid(comparison),
    ...fairnessSection(comparison.fairness),
    jointHealthSection(comparison.candidates.map(({ id, health }) => ({ of: id, health }))),
    ...warningSection(report.warnings, report.partial, comparison.stopped),
  ];
}

const changeMarks = { faster: 'better', slower: 'worse', same: 'quiet', inconclusive: 'quiet' } as const;

function gateGrid(gates: readonly Gate[]): Grid[] {
  if (gates.length === 0) return [];
  return [
    {
      kind: 'grid',
      title: 'Gates',
      columns: [
        left('step'),
        left('metric'),
        right('change'),
        right('95 % interval'),
        left('verdict'),
        right('p (Holm)'),
      ],
      rows: gates.map((gate) => [
        { text: gate.step ?? 'all steps' },
        { text: metricNames[gate.metric] },
        { text: changeOf(gate)[0], mark: changeMarks[gate.verdict] },
        { text: changeOf(gate)[1] },
        gate.fails ? { text: 'slower, fails', mark: 'bad' } : { text: gate.verdict },
        { text: gate.adjustedP.toPrecision(2) },
      ]),
      notes: [],
    },
  ];
}
