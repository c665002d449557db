import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { PlanFolder } from '../support/drill.js';
import { runCli } from '../support/fake-io.js';

describe('docs/plans.md', () => {
  it('shows only plans and steps that are right', async () => {
    const blocks = [...readFileSync('docs/plans.md', 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(
      ([, text = '']) => text,
    );
    const plans = blocks.filter((text) => !text.startsWith('# yaml-language-server')).map(asPlan);
    assert.ok(plans.length >= 3);
    for (const plan of plans) {
      using folder = new PlanFolder({ 'plan.yml': plan });
      const { exitCode, stdout } = await runCli(['check', '--strict', 'plan.yml'], { cwd: folder.path });
      assert.equal(exitCode, 0, `${plan}\n${stdout}`);
    }
  });
});

/** A whole plan; a step alone, or a key of a request step, is put into one. */
function asPlan(text: string): string {
  if (text.includes('plan:')) return text;
  if (text.trimStart().startsWith('- ')) return `base: http://127.0.0.1\nplan:\n${text}`;
  return `base: http://127.0.0.1\nplan:\n  - name: step\n    request: { url: / }\n${text}`;
}
