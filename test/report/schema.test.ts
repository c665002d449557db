import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Report } from '../../src/core/results.js';
import { reportExamples } from '../support/report-examples.js';

const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../../schema/result.schema.json'), 'utf8')) as {
  readonly $defs: object;
};
// One kind at a time, so that errors name the place and not five alternatives.
const validators = new Map(
  Object.keys(reportExamples).map((kind) => [
    kind,
    new Ajv2020({ allErrors: true }).compile({ $defs: schema.$defs, $ref: `#/$defs/${kind}` }),
  ]),
);

/** What the shipped schema has against a result; as it is read back from a file. */
function complaints(report: Report): readonly string[] {
  const validate = validators.get(report.kind);
  validate?.(JSON.parse(JSON.stringify(report)));
  return (validate?.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('the shipped schema of results', () => {
  for (const [kind, report] of Object.entries(reportExamples)) {
    it(`takes a ${kind} result`, () => assert.deepEqual(complaints(report), []));
  }

  it('takes a whole result by its kind', () => {
    const validate = new Ajv2020().compile(schema);
    for (const report of Object.values(reportExamples))
      assert.ok(validate(report), JSON.stringify(validate.errors?.[0]));
    assert.ok(!validate({ schemaVersion: 1, kind: 'gossip' }));
  });

  it('refuses what is misspelt, missing or of another type', () => {
    const { drill } = reportExamples;
    assert.deepEqual(complaints({ ...drill, elapsedMS: 1 } as unknown as Report), [
      ' must NOT have additional properties',
    ]);
    assert.deepEqual(complaints({ ...drill, seed: 'x' } as unknown as Report), ['/seed must be integer']);
    const { total: _, ...without } = drill;
    assert.deepEqual(complaints(without as unknown as Report), [" must have required property 'total'"]);
  });
});
