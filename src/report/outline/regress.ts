import type { Gate, RegressReport } from '../../core/results.js';
import { formatDurationUs } from '../../core/units.js';
import { costGrid } from './cost.js';
import { effectCell, formatInterval, formatPercent } from './effects.js';
import { metricNames } from './metric-names.js';
import { resultGrid } from './result-grid.js';
import { type Grid, type Lines, type Section, type Tone, left, right } from './section.js';
import { environmentLine, errorSection, warningSection } from './shared.js';
import { thresholdGrid } from './threshold-grid.js';

const titles: Readonly<Record<RegressReport['outcome'], readonly [title: string, tone: Tone]>> = {
  pass: ['No regression', 'good'],
  slower: ['Slower', 'bad'],
  threshold: ['Threshold not met', 'bad'],
  inconclusive: ['Inconclusive', 'warning'],
};

/** `step 'login': p99 +23% [+18%, +29%] against base, 12 rounds, p = 0.002, confirmed by a second run`. */
export function describeGate({
  step,
  metric,
  percent,
  lowPercent,
  highPercent,
  baseline,
  rounds,
  adjustedP,
  confirmed,
}: Gate): string {
  const where = step === undefined ? 'all steps' : `step '${step}'`;
  const size =
    metric === 'errors'
      ? `${percent.toFixed(2)} points more [${lowPercent.toFixed(2)}, ${highPercent.toFixed(2)}]`
      : `${formatPercent(percent)} ${formatInterval(lowPercent, highPercent)}`;
  const again =
    confirmed === undefined ? '' : confirmed ? ', confirmed by a second run' : ', not confirmed by a second run';
  return `${where}: ${metricNames[metric]} ${size} against ${baseline}, ${rounds} rounds, p = ${adjustedP.toPrecision(2)}${again}`;
}

/** What a regression check found, the reasons first. */
export function regressHeadline(report: RegressReport): string[] {
  const failing = report.gates.filter((gate) => gate.fails).map(describeGate);
  const unmet = report.thresholds.filter(({ met }) => !met).map(({ text, shown }) => `${text} is not met: ${shown}`);
  const unsure = report.gates.filter(({ verdict }) => verdict === 'inconclusive').length;
  const [title] = titles[report.outcome];
  return [
    `${title}.`,
    ...failing,
    ...unmet,
    ...(unsure === 0
      ? []
      : [
          `${unsure} of ${report.gates.length} gates are inconclusive: the noise is larger than the change looked for.`,
        ]),
    ...(report.differences.length === 0
      ? []
      : [`Only for information, because it was not measured alike: ${report.differences.join('; ')}.`]),
  ];
}

export function outlineRegress(report: RegressReport): Section[] {
  const { plan, baseline, comparison } = report;
  const [, ...lines] = regressHeadline(report);
  const [title, tone] = titles[report.outcome];
  const verdict: Lines = { kind: 'lines', title, tone, lines };
  return [
    {
      kind: 'lines',
      title: plan.path,
      lines: [
        `against ${baseline.source} of ${baseline.startedAt} · ${comparison.rounds} ${comparison.rounds === 1 ? 'round' : 'rounds'} · ${formatDurationUs(report.elapsedMs * 1e3)}`,
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
    ...warningSection(report.warnings, report.partial, comparison.stopped),
  ];
}

function gateGrid(gates: readonly Gate[]): Grid[] {
  if (gates.length === 0) return [];
  return [
    {
      kind: 'grid',
      title: 'Gates',
      columns: [left('step'), left('metric'), right('change'), left('verdict'), right('p (Holm)')],
      rows: gates.map((gate) => [
        { text: gate.step ?? 'all steps' },
        { text: metricNames[gate.metric] },
        effectCell(gate),
        gate.fails ? { text: 'slower, fails', mark: 'bad' } : { text: gate.verdict },
        { text: gate.adjustedP.toPrecision(2) },
      ]),
      notes: [],
    },
  ];
}
