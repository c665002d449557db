import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { refuseUnwritable, writeWhole } from '../../src/core/output-file.js';

const folder = mkdtempSync(join(tmpdir(), 'archbench-output-'));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => join(folder, name);

describe('an output file', () => {
  it('is written as a whole, over what was there', () => {
    writeFileSync(file('a.json'), 'old and longer', { mode: 0o600 });
    writeWhole(file('a.json'), 'new');
    assert.equal(readFileSync(file('a.json'), 'utf8'), 'new');
    assert.ok(!existsSync(file('a.json.part')));
    assert.equal(statSync(file('a.json')).mode & 0o777, 0o600);
  });

  it('is written through a symbolic link, which stays one', () => {
    writeFileSync(file('target.json'), 'old');
    symlinkSync(file('target.json'), file('link.json'));
    writeWhole(file('link.json'), 'new');
    assert.ok(lstatSync(file('link.json')).isSymbolicLink());
    assert.equal(readFileSync(file('target.json'), 'utf8'), 'new');
  });

  it('is written into a pipe that is there, which stays one', async () => {
    const { error } = spawnSync('mkfifo', [file('pipe')]);
    assert.equal(error, undefined);
    const reader = spawn('cat', [file('pipe')]);
    let read = '';
    reader.stdout.setEncoding('utf8').on('data', (text: string) => (read += text));
    writeWhole(file('pipe'), 'through');
    await once(reader, 'close');
    assert.equal(read, 'through');
    assert.ok(lstatSync(file('pipe')).isFIFO());
  });

  it('is given up where a pipe has no reader', () => {
    spawnSync('mkfifo', [file('unread')]);
    assert.throws(() => writeWhole(file('unread'), 'for nobody'), {
      name: 'UserError',
      message: `cannot write ${file('unread')} (nobody reads that pipe)`,
    });
  });

  it('is refused before the run where there is no folder, or a folder of its name', () => {
    assert.throws(
      () => refuseUnwritable(join(folder, 'none', 'a.json'), '-o a.json'),
      /-o a\.json: there is no folder/,
    );
    assert.throws(() => refuseUnwritable(join(file('target.json'), 'a.json'), '-o a.json'), /there is no folder/);
    assert.throws(() => refuseUnwritable(folder, '-o x'), /-o x: that is a folder/);
    refuseUnwritable(file('new.json'), '-o new.json');
    assert.ok(!existsSync(file('new.json')));
  });
});
