import { UserError } from '../../core/errors.js';
import type { DrillReport } from '../../core/results.js';
import {
  BaselineComparison,
  baselineEntry,
  checkBaselinePlace,
  readBaseline,
  writeBaseline,
  type BaselineEntry,
} from '../../drill/baseline.js';
import type { RequestDone } from '../../drill/observer.js';
import type { Io } from '../io.js';
import { padName } from './format.js';
import type { DrillOptions } from './options.js';
import { say } from '../say.js';

/** What `--report` or `--compare` does with the requests of a run. */
interface BaselineUse {
  readonly add: (done: RequestDone) => void;
  /** Writes or prints the outcome; false when something was slower than it may be. */
  readonly finish: (report: DrillReport) => boolean;
}

/** @throws {UserError} when the file to compare with, or to write, cannot be used */
export function baselineOf({ report, compare, threshold = 0 }: DrillOptions, io: Io): BaselineUse | undefined {
  if (report !== undefined) return writing(report, io);
  if (compare === undefined) return undefined;
  const comparison = new BaselineComparison(readBaseline(compare, io.cwd), threshold);
  return {
    add: (done) => comparison.add(done),
    finish: () => {
      const lines = comparison.slower.map(
        ({ name, byMs }) => `${padName(name)} is ${Math.round(byMs)}ms slower than before\n`,
      );
      io.stdout.write(`\n${lines.join('')}`);
      if (comparison.unmatched > 0)
        throw new UserError(`'${compare}' has no entry for ${comparison.unmatched} of the requests`, { exitCode: 1 });
      return comparison.slower.length === 0;
    },
  };
}

function writing(file: string, io: Io): BaselineUse {
  checkBaselinePlace(file, io.cwd);
  const entries: BaselineEntry[] = [];
  return {
    add: (done) => entries.push(baselineEntry(done)),
    finish: ({ partial }) => {
      // Half of an iteration is nothing to compare with, and may not replace a whole one.
      if (partial) say(io, `'${file}' was not written: the run did not reach its end`);
      else writeBaseline(file, io.cwd, entries);
      return true;
    },
  };
}
