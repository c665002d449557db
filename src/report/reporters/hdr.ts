import { decodeHistogram } from '../../core/histogram.js';
import { measurementName, measurementsOf } from '../measurements.js';
import type { Reporter } from '../reporter.js';

/** Reporting points for each halving of the distance to 100 %, as HdrHistogram's own tools take by default. */
const pointsPerHalf = 5;
const usPerMs = 1000;

const hdr: Reporter = {
  id: 'hdr',
  summary: 'latency by percentile in milliseconds, as HdrHistogram prints it and its plotter reads it',
  extension: 'hgrm',
  render: (report) =>
    measurementsOf(report)
      .filter(({ histogram }) => histogram !== '')
      .map((measurement) => {
        const text = decodeHistogram(measurement.histogram).outputPercentileDistribution(pointsPerHalf, usPerMs);
        return `# ${measurementName(measurement)}\n${text.trimEnd()}\n`;
      })
      .join('\n'),
};

export default hdr;
