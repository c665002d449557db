import type { CapacityCandidate, Gate, Health, Report, ThresholdResult } from '../../core/results.js';
import { formatCount, plural } from '../../core/units.js';
import { type Measurement, allMeasurementsOf, measurementName, measurementsOf } from '../measurements.js';
import { durationCell } from '../outline/cells.js';
import { headlineOf } from '../outline/outline.js';
import { describeGate } from '../outline/regress.js';
import type { Reporter } from '../reporter.js';

const junit: Reporter = {
  id: 'junit',
  summary: 'test dashboards of CI servers: each step, threshold and gate is a test case',
  extension: 'xml',
  render: (report) => {
    const cases = casesOf(report);
    const failures = cases.filter(({ failure }) => failure !== undefined).length;
    const seconds = (report.elapsedMs / 1000).toFixed(3);
    const timestamp = report.startedAt.slice(0, 19);
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites>',
      `  <testsuite id="0" package="archbench" name="${escaped(report.plan.path)}" timestamp="${timestamp}" hostname="localhost" tests="${cases.length}" failures="${failures}" errors="0" time="${seconds}">`,
      '    <properties>',
      ...propertiesOf(report).map(
        ([name, value]) => `      <property name="${escaped(name)}" value="${escaped(value)}"/>`,
      ),
      '    </properties>',
      ...cases.map(caseXml),
      `    <system-out>${escaped(headlineOf(report).join('\n'))}</system-out>`,
      `    <system-err>${escaped([...healthReasons(report), ...report.warnings].join('\n'))}</system-err>`,
      '  </testsuite>',
      '</testsuites>',
      '',
    ].join('\n');
  },
};

export default junit;

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly seconds: number;
  readonly failure?: { readonly type: string; readonly message: string };
}

function casesOf(report: Report): Case[] {
  return [
    runCase(report),
    ...healthCases(report),
    ...(report.kind === 'capacity' ? report.candidates.map(capacityCase) : []),
    ...measurementsOf(report)
      .filter(({ requests }) => requests > 0)
      .map(measurementCase),
    ...(report.kind === 'regress' ? report.gates.map(gateCase) : []),
    ...thresholdsOf(report).map(thresholdCase),
  ];
}

/** A run that was stopped or interrupted has not shown what it was to show. */
function runCase(report: Report): Case {
  const stopped = report.kind === 'regress' ? undefined : report.stopped;
  const message = stopped ?? (report.partial ? 'interrupted' : undefined);
  return {
    suite: 'run',
    name: 'ran to its end',
    seconds: report.elapsedMs / 1000,
    ...(message === undefined ? {} : { failure: { type: stopped === undefined ? 'interrupted' : 'stopped', message } }),
  };
}

/** Whose figures these are, with what there is against believing them. */
function healthCards(report: Report): (readonly [of: string, health: Health])[] {
  switch (report.kind) {
    case 'drill':
      return [['the run', report.health]];
    case 'compare':
      return report.candidates.map(({ id, health }) => [id, health]);
    case 'regress':
      return healthCards(report.comparison);
    case 'sweep':
      return report.curves.flatMap(({ id, points }) =>
        points.map(({ load, health }) => [`${id} at ${formatCount(load)}`, health] as const),
      );
    case 'capacity':
      return [];
  }
}

function healthReasons(report: Report): string[] {
  return healthCards(report).flatMap(([of, { verdict, reasons }]) =>
    reasons.map((reason) => `${verdict}: ${of}: ${reason}`),
  );
}

function healthCases(report: Report): Case[] {
  return healthCards(report).map(([of, { verdict, reasons }]) => ({
    suite: 'health',
    name: `${of} can be believed`,
    seconds: 0,
    ...(verdict === 'INVALID' ? { failure: { type: verdict, message: reasons.join('; ') } } : {}),
  }));
}

function capacityCase({ id, sustainedRate, limitedBy }: CapacityCandidate): Case {
  return {
    suite: 'capacity',
    name: `${id} sustains a rate`,
    seconds: 0,
    ...(sustainedRate > 0 ? {} : { failure: { type: 'capacity', message: limitedBy ?? 'no rate was sustained' } }),
  };
}

function thresholdsOf(report: Report): readonly ThresholdResult[] {
  if (report.kind === 'regress') return report.thresholds;
  return report.kind === 'drill' ? (report.thresholds ?? []) : [];
}

/** A step passes when it was answered at all; how well is what gates and thresholds say. Its time is the median. */
function measurementCase(measurement: Measurement): Case {
  const { requests, failed, latency, errors } = measurement;
  const answered = requests > failed;
  const first = errors[0];
  return {
    suite: 'steps',
    name: measurementName(measurement),
    seconds: latency.p50Us / 1e6,
    ...(answered
      ? {}
      : {
          failure: {
            type: first?.class ?? 'failed',
            message: `${requests === 1 ? 'the only request' : `all ${requests} requests`} failed${first === undefined ? '' : `: ${first.message}`}`,
          },
        }),
  };
}

function gateCase(gate: Gate): Case {
  const name = `${gate.step ?? 'total'}: ${gate.metric} not slower than ${gate.baseline}`;
  return {
    suite: 'gates',
    name,
    seconds: 0,
    ...(gate.fails ? { failure: { type: gate.verdict, message: describeGate(gate) } } : {}),
  };
}

function thresholdCase({ text, shown, met }: ThresholdResult): Case {
  return {
    suite: 'thresholds',
    name: text,
    seconds: 0,
    ...(met ? {} : { failure: { type: 'threshold', message: `not met: ${shown}` } }),
  };
}

function propertiesOf(report: Report): (readonly [string, string])[] {
  const { archbench, node, cpu, cores, kernel } = report.environment;
  return [
    ['archbench', archbench],
    ['node', node],
    ['cpu', `${cpu}, ${cores} ${plural(cores, 'core')}`],
    ['kernel', kernel],
    ['plan', `${report.plan.path} ${report.plan.hash}`],
    ...allMeasurementsOf(report).map((measurement): [string, string] => [
      measurementName(measurement),
      figuresOf(measurement),
    ]),
  ];
}

function figuresOf({ requests, failed, rps, latency, met }: Measurement): string {
  const p99 = durationCell(latency.p99Us, requests - failed).text;
  return `${formatCount(rps)} requests/s, p99 ${p99}${met === undefined ? '' : met ? ', met' : ', not met'}`;
}

function caseXml({ suite, name, seconds, failure }: Case): string {
  const open = `    <testcase classname="archbench.${suite}" name="${escaped(name)}" time="${seconds.toFixed(6)}"`;
  if (failure === undefined) return `${open}/>`;
  const { type, message } = failure;
  return `${open}>\n      <failure type="${escaped(type)}" message="${escaped(message)}">${escaped(message)}</failure>\n    </testcase>`;
}

/** XML has no way to write most control characters, so they are left out. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\uFFFE\uFFFF]/gu, (character) => ('\t\n\r'.includes(character) ? character : ''))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
