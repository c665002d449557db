import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readWholeFile } from '../../src/servers/whole-file.js';

const skip = platform() === 'linux' ? false : 'there is no /proc';

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

describe('a file on the event loop', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archbench-file-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const bytes of [0, 1, 65_536, 200_000])
    it(`is read whole: ${bytes} bytes`, async () => {
      const path = join(folder, `${bytes}`);
      const content = Buffer.from(Array.from({ length: bytes }, (_, i) => i % 251));
      writeFileSync(path, content);
      assert.deepEqual(Buffer.from(await readWholeFile(path)), content);
    });

  it('may have no size, as those of /proc', { skip }, async () => {
    assert.deepEqual(Buffer.from(await readWholeFile('/proc/self/cmdline')), readFileSync('/proc/self/cmdline'));
  });

  it('may be a pipe, which is read to its end', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const content = 'x'.repeat(100_000);
    const [read] = await Promise.all([readWholeFile(path), writeFile(path, content)]);
    assert.equal(Buffer.from(read).toString(), content);
  });

  it('that is not there, or a folder, is an error with its code, and nothing stays open', { skip }, async () => {
    const before = descriptors();
    await assert.rejects(readWholeFile(join(folder, 'nowhere')), { code: 'ENOENT' });
    await assert.rejects(readWholeFile(folder), { code: 'EISDIR' });
    assert.equal(descriptors(), before);
  });
});
