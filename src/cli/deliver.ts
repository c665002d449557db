import { basename, resolve } from 'node:path';
import { UserError } from '../core/errors.js';
import { append, refuseUnwritable, writeWhole } from '../core/output-file.js';
import type { Report } from '../core/results.js';
import { type Reporter, reporters } from '../report/reporter.js';
import type { Io } from './io.js';

/** Where a report goes, besides standard output. */
interface Destination {
  readonly path: string;
  readonly reporter: Reporter;
}

/** The forms of a report that were asked for; made before anything is measured, so that no mistake costs a result. */
export class Delivery {
  readonly #io: Io;
  readonly #stdout: Reporter | undefined;
  readonly #files: readonly Destination[];

  private constructor(io: Io, stdout: Reporter | undefined, files: readonly Destination[]) {
    this.#io = io;
    this.#stdout = stdout;
    this.#files = files;
  }

  /**
   * @param format id of the form that goes to standard output; `undefined` when none does
   * @param outputs files whose ending says their form, or `FORMAT=FILE`
   * @throws {UserError} for an unknown form or ending, or a folder that is not there
   */
  static async prepare(format: string | undefined, outputs: readonly string[], io: Io): Promise<Delivery> {
    const stdout = format === undefined ? undefined : await reporters.load(format);
    const files = await Promise.all(outputs.map((output) => destinationOf(output, io.cwd)));
    const twice = files.find(({ path }, i) => files.findIndex((other) => other.path === path) !== i);
    if (twice !== undefined)
      throw new UserError(`--output names '${basename(twice.path)}' twice: the last form would be all of it`);
    return new Delivery(io, stdout, files);
  }

  /**
   * Writes every form. One file that cannot be written costs nobody the others, nor the result: without another
   * place it goes to standard output.
   * @param otherwise id of the form that goes to standard output where none was asked for
   * @throws {UserError} when a file could not be written
   */
  async deliver(report: Report, otherwise?: string): Promise<void> {
    const failures: unknown[] = [];
    for (const { path, reporter } of this.#files) {
      try {
        const text = reporter.render(report, { colour: false, columns: 80 });
        // In the order of whatever else goes there.
        if (path === '/dev/stdout') this.#io.stdout.write(text);
        else writeWhole(path, text);
        await this.#summarise(reporter, report);
      } catch (error) {
        failures.push(error);
      }
    }
    try {
      const instead = failures.length > 0 ? 'table' : otherwise;
      await this.#print(report, instead === undefined ? undefined : await reporters.load(instead));
    } catch (error) {
      failures.push(error);
    }
    if (failures.length > 0) throw failures[0];
  }

  async #print(report: Report, instead: Reporter | undefined): Promise<void> {
    const reporter = this.#stdout ?? instead;
    if (reporter === undefined) return;
    const { colour, columns } = this.#io.stdout;
    this.#io.stdout.write(reporter.render(report, { colour, columns }));
    await this.#summarise(reporter, report);
  }

  /** A job summary is one file for all steps of a job: added to, never replaced. */
  async #summarise({ summaryFile }: Reporter, report: Report): Promise<void> {
    const path = summaryFile && this.#io.env[summaryFile.variable];
    if (summaryFile === undefined || path === undefined || path === '') return;
    const reporter = await reporters.load(summaryFile.format);
    append(resolve(this.#io.cwd, path), reporter.render(report, { colour: false, columns: 100 }));
  }
}

async function destinationOf(output: string, cwd: string): Promise<Destination> {
  const named = /^([a-z-]+)=(.+)$/.exec(output);
  const file = named?.[2] ?? output;
  const path = resolve(cwd, file);
  const reporter = named?.[1] === undefined ? await reporterFor(file) : await reporters.load(named[1]);
  refuseUnwritable(path, `--output ${file}`);
  return { path, reporter };
}

/** By the longest ending that fits: `x.bench.json` is no mere `json`. */
async function reporterFor(file: string): Promise<Reporter> {
  const all = await reporters.all();
  const name = basename(file).toLowerCase();
  const [best] = all
    .filter(({ extension }) => name.endsWith(`.${extension}`))
    .toSorted((a, b) => b.extension.length - a.extension.length);
  if (best !== undefined) return best;
  throw new UserError(`--output ${file}: the ending does not say which form it is to be`, {
    hint: `known endings: ${all.map(({ extension }) => `.${extension}`).join(' ')}; or say it: --output markdown=${file}`,
  });
}
