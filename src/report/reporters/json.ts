import type { Reporter } from '../reporter.js';

const json: Reporter = {
  id: 'json',
  summary: 'programs and for `archbench report`: everything that was measured',
  extension: 'json',
  render: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
};

export default json;
