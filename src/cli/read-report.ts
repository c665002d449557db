import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { UserError } from '../core/errors.js';
import { decodeHistogram } from '../core/histogram.js';
import { printable } from '../core/printable.js';
import { unreadable } from '../core/unreadable.js';
import type { Report } from '../core/results.js';

/** No folder of files, as other kinds are: a report is a type. */
const kinds: ReadonlySet<string> = new Set<Report['kind']>(['drill', 'compare', 'sweep', 'capacity', 'regress']);

/**
 * A result that archbench wrote as JSON.
 * @throws {UserError} when it is not there, is no JSON, or is no whole result of a version that this one reads
 */
export function readReport(file: string, cwd: string): Report {
  const text = readText(file, cwd);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is no JSON: ${printable((error as Error).message)}`, {
      hint: 'results are written with --format json or -o result.json',
      cause: error,
    });
  }
  const { schemaVersion, kind, plan } = (data ?? {}) as Record<string, unknown>;
  if (typeof kind !== 'string' || !kinds.has(kind) || plan === undefined)
    throw new UserError(`${file} is no result of archbench`, {
      hint: 'results are written with --format json or -o result.json',
    });
  if (schemaVersion !== 1)
    throw new UserError(
      `${file} has the schema version ${JSON.stringify(schemaVersion)}; this archbench reads version 1`,
    );
  const [complaint] = [...complaintsOf(kind, data), ...damagedHistograms(data)];
  if (complaint !== undefined) throw new UserError(`${file} is no whole result of archbench: ${complaint}`);
  const twice = repeated(idsIn(data as Report));
  if (twice !== undefined)
    throw new UserError(`${file} is no result of archbench: two of its candidates are called '${twice}'`);
  return data as Report;
}

/** Who was measured: everybody is found by an id. */
function idsIn(report: Report): string[] {
  switch (report.kind) {
    case 'drill':
      return [];
    case 'compare':
    case 'capacity':
      return report.candidates.map(({ id }) => id);
    case 'sweep':
      return report.curves.map(({ id }) => id);
    case 'regress':
      return report.comparison.candidates.map(({ id }) => id);
  }
}

function repeated(ids: readonly string[]): string | undefined {
  return ids.find((id, place) => ids.indexOf(id) !== place);
}

/** What the shipped schema has against a result. What it does not know may come from a newer version and is let be. */
function complaintsOf(kind: string, data: unknown): string[] {
  const path = new URL('../../../schema/result.schema.json', import.meta.url);
  const { $defs } = JSON.parse(readFileSync(path, 'utf8')) as { readonly $defs: object };
  const validate = new Ajv2020({ allErrors: true }).compile({ $defs, $ref: `#/$defs/${kind}` });
  validate(data);
  return (validate.errors ?? [])
    .filter(({ keyword }) => keyword !== 'additionalProperties')
    .map(({ instancePath, message }) => `${instancePath === '' ? 'it' : instancePath.slice(1)} ${message}`);
}

/** A schema knows of a histogram only that it is a text. */
function damagedHistograms(data: unknown, path = ''): string[] {
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) => {
    if (typeof value !== 'string') return damagedHistograms(value, `${path}${key}/`);
    return !/histogram$/i.test(key) || isHistogram(value) ? [] : [`${path}${key} must be a histogram`];
  });
}

function isHistogram(text: string): boolean {
  try {
    decodeHistogram(text);
    return true;
  } catch {
    return false;
  }
}

function readText(file: string, cwd: string): string {
  try {
    // Some editors put a byte order mark before it.
    return readFileSync(resolve(cwd, file), 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UserError(`cannot read ${file}: ${unreadable(error)}`, { cause: error });
  }
}
