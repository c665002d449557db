import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';

it('the example of an application is right in its types, as a user checks them', () => {
  const tsc = 'node_modules/typescript/bin/tsc';
  const options = ['--ignoreConfig', '--noEmit', '--allowJs', '--checkJs', '--strict', '--noUncheckedIndexedAccess'];
  const target = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, ...target, 'examples/reaction.mjs']);
  assert.equal(stdout.toString(), '');
  assert.equal(status, 0);
});
