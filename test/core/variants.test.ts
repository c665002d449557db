import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { UserError } from '../../src/core/errors.js';
import { VariantFolder } from '../../src/core/variants.js';

const folder = mkdtempSync(join(tmpdir(), 'variants-'));
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
writeFileSync(join(folder, 'pooled.js'), "export default { id: 'pooled' };");
writeFileSync(join(folder, 'single.js'), "export default { id: 'something else' };");
const variants = new VariantFolder(pathToFileURL(`${folder}/`), 'mode');

describe('variant folder', () => {
  after(() => rmSync(folder, { recursive: true }));

  it('lists the files of the folder by name', () => {
    assert.deepEqual(variants.ids(), ['pooled', 'single']);
  });

  it('loads a variant by its file name', async () => {
    assert.deepEqual({ ...(await variants.load('pooled')) }, { id: 'pooled' });
  });

  it('treats an id that differs from its file name as a bug, not as a mistake of the user', async () => {
    await assert.rejects(variants.load('single'), (error) => error instanceof Error && !(error instanceof UserError));
  });

  it('names the nearest variant, and refuses paths', async () => {
    await assert.rejects(variants.load('poled'), {
      name: 'UserError',
      message: "unknown mode 'poled', did you mean 'pooled'?",
    });
    await assert.rejects(variants.load('../pooled'), { name: 'UserError', hint: 'known: pooled, single' });
  });
});
