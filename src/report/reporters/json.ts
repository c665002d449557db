import type { Reporter } from '../reporter.js';

const json: Reporter = {
  id: 'json',
  summary: 'everything that was measured, for programs and for `archbench report`',
  extension: 'json',
  render: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
};

export default json;
