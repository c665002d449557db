import { printableData } from '../../core/printable.js';
import type { Report, ThresholdResult } from '../../core/results.js';
import { measurementsOf } from '../measurements.js';
import { describeGate } from '../outline/regress.js';
import { headlineOf } from '../outline/outline.js';
import type { Reporter } from '../reporter.js';

const github: Reporter = {
  id: 'github',
  summary: 'GitHub Actions: annotations, and the markdown form in the job summary',
  extension: 'github',
  summaryFile: { variable: 'GITHUB_STEP_SUMMARY', format: 'markdown' },
  render: (report) => `${annotationsOf(printableData(report)).map(command).join('\n')}\n`,
};

export default github;

interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

function annotationsOf(report: Report): Annotation[] {
  return [
    {
      level: failsMany(report) ? 'warning' : 'notice',
      title: `archbench ${report.kind} ${report.plan.path}`,
      message: headlineOf(report).join(' '),
    },
    ...(report.kind === 'regress' ? report.gates.filter((gate) => gate.fails) : []).map((gate): Annotation => ({
      level: 'error',
      title: 'slower',
      message: describeGate(gate),
    })),
    ...thresholdsOf(report)
      .filter(({ met }) => !met)
      .map(({ text, shown }): Annotation => ({ level: 'error', title: 'threshold', message: `${text}: ${shown}` })),
    ...report.warnings.map((message): Annotation => ({ level: 'warning', title: 'archbench', message })),
  ];
}

/** From here on the health card warns of failures, too. */
const tolerableFailedShare = 0.01;

function failsMany(report: Report): boolean {
  return measurementsOf(report).some(({ requests, failed }) => failed > requests * tolerableFailedShare);
}

function thresholdsOf(report: Report): readonly ThresholdResult[] {
  if (report.kind === 'regress') return report.thresholds;
  return report.kind === 'drill' ? (report.thresholds ?? []) : [];
}

/** https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
function command({ level, title, message }: Annotation): string {
  return `::${level} title=${escaped(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}::${escaped(message)}`;
}

const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
