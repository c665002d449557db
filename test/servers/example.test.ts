import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';

/** What the compiler says of a user's file. */
function complaintsAbout(file: string): string {
  const tsc = 'node_modules/typescript/bin/tsc';
  const options = ['--ignoreConfig', '--noEmit', '--allowJs', '--checkJs', '--strict', '--noUncheckedIndexedAccess'];
  const target = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  return spawnSync(process.execPath, [tsc, ...options, ...target, file]).stdout.toString();
}

describe('the types of an application, as a user checks them', () => {
  it('fit the example', () => {
    assert.equal(complaintsAbout('examples/reaction.mjs'), '');
  });

  it('fit one whose answers have different headers', () => {
    const file = fileURLToPath(new URL('ordinary.ts', import.meta.url));
    writeFileSync(
      file,
      `import type { CreateApp } from 'archbench/app';
       const createApp: CreateApp = () => ({
         handle(request) {
           if (request.path === '/old') return { status: 301, headers: { Location: '/new' }, body: '' };
           return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'new' };
         },
       });
       export default createApp;`,
    );
    try {
      assert.equal(complaintsAbout(file), '');
    } finally {
      rmSync(file);
    }
  });
});
