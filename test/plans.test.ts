import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadPlan } from '../src/drill/plan/load.js';

const folder = join(import.meta.dirname, '../../plans');
const files = readdirSync(folder);

describe('plans that come with archbench', () => {
  it('are all YAML files', () => {
    assert.ok(files.length > 0);
    assert.deepEqual(
      files.filter((file) => !file.endsWith('.yml')),
      [],
    );
  });

  for (const file of files) {
    it(`${file} is right, without a warning, and says what it is for`, async () => {
      const plan = await loadPlan(join(folder, file), { cwd: folder, env: {}, strict: true });
      assert.deepEqual(plan.warnings, []);
      assert.ok(plan.steps.length > 0);
      assert.match(plan.base, /^(?:http|tcp):\/\/127\.0\.0\.1:\d+$/);
      assert.match(readFileSync(join(folder, file), 'utf8'), /^# [^\n]{20,}/, 'opens with a comment');
    });
  }
});
