import { decodeHistogram } from '../../core/histogram.js';
import { type Measurement, measurementName, measurementsOf } from '../measurements.js';
import type { Reporter } from '../reporter.js';

/** Reporting points for each halving of the distance to 100 %, as HdrHistogram's own tools take by default. */
const pointsPerHalf = 5;
const usPerMs = 1000;

const hdr: Reporter = {
  id: 'hdr',
  summary: 'the plotter of HdrHistogram: latency by percentile in milliseconds',
  extension: 'hgrm',
  render: (report) => {
    const known = measurementsOf(report).filter(({ histogram }) => histogram !== '');
    if (known.length === 0) return `# a result of 'archbench ${report.kind}' holds no histograms\n`;
    return known.map(distribution).join('\n');
  },
};

export default hdr;

function distribution(measurement: Measurement): string {
  const text = decodeHistogram(measurement.histogram).outputPercentileDistribution(pointsPerHalf, usPerMs);
  return `# ${measurementName(measurement)}\n${text.trimEnd()}\n`;
}
