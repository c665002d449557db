import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { architectures } from '../src/servers/catalogue.js';
import { VariantFolder } from '../src/core/variants.js';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync('docs').map((page) => `docs/${page}`),
].filter((page) => page.endsWith('.md'));

function byId(a: { id: string | undefined }, b: { id: string | undefined }): number {
  return String(a.id).localeCompare(String(b.id));
}

describe('the documentation', () => {
  it('lists every architecture in the README as `archbench modes` does', async () => {
    const readme = readFileSync('README.md', 'utf8');
    const rows = [...readme.matchAll(/^\| `([a-z-]+)` \| ([^|]+) \| (.+) \|$/gm)].map(([, id, family, summary]) => ({
      id,
      family: family?.trim(),
      summary: summary?.trim(),
    }));
    const known = (await architectures.all()).map(({ id, family, summary }) => ({ id, family, summary }));
    assert.deepEqual(rows.toSorted(byId), known.toSorted(byId));
  });

  it('names only commands that exist', () => {
    const commands = new VariantFolder(new URL('../src/cli/commands/', import.meta.url), 'command');
    for (const page of pages) {
      const text = readFileSync(page, 'utf8');
      for (const [, command] of text.matchAll(/(?:^|[`$] ?)archbench ([a-z]+)\b/gm)) {
        assert.ok(commands.has(command as string), `${page} names 'archbench ${command}'`);
      }
    }
  });

  it('has no broken links between pages', () => {
    for (const page of pages) {
      for (const [, target] of readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
        assert.ok(existsSync(join(dirname(page), target as string)), `${page} links to ${target}`);
      }
    }
  });
});
