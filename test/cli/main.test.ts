import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execPath } from 'node:process';
import { describe, it } from 'node:test';

const main = 'dist/src/cli/main.js';

describe('the process', () => {
  it('says in one sentence that its output cannot be written, and exits 1', { skip: !existsSync('/dev/full') }, () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(execPath, [main, 'modes'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    assert.equal(stderr, 'error: cannot write the output: ENOSPC: no space left on device, write\n');
    assert.equal(status, 1);
  });

  it('says in one sentence that its folder is gone, and exits 1', { skip: !existsSync('/bin/sh') }, () => {
    const cwd = mkdtempSync(join(tmpdir(), 'archbench-gone-'));
    const command = `rmdir "$PWD"; exec "${execPath}" "${resolve(main)}" modes`;
    const { status, stderr } = spawnSync('/bin/sh', ['-c', command], { cwd, encoding: 'utf8' });
    assert.equal(stderr, 'error: the folder that archbench was started in is not there any more\n');
    assert.equal(status, 1);
  });
});
