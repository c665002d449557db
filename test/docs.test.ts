import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { type Variant, VariantFolder } from '../src/core/variants.js';
import { checks } from '../src/drill/check.js';
import { transports } from '../src/drill/transport.js';
import { valueGenerators } from '../src/drill/value-generator.js';
import { reporters } from '../src/report/reporter.js';
import { architectures, protocols } from '../src/servers/catalogue.js';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync('docs').map((page) => `docs/${page}`),
].filter((page) => page.endsWith('.md'));

/** Folders of what a user chooses by its name, and the page with a row for each. */
const chosenByName: readonly (readonly [VariantFolder<Variant & { readonly summary: string }>, page: string])[] = [
  [protocols, 'docs/architectures.md'],
  [transports, 'docs/load-models.md'],
  [checks, 'docs/plans.md'],
  [valueGenerators, 'docs/plans.md'],
  [reporters, 'docs/reports.md'],
];

/** Folders whose files the tree of docs/architecture.md names one by one. */
const inTree = new Set(['src/servers', 'src/drill']);
/** Between the names in the tree; a folder ends in its slash. */
const wordEnd = /[\s,():;]+|(?<=\/)/;

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

  it('says of whatever is chosen by its name what it is, as the code does', async () => {
    for (const [kinds, page] of chosenByName) {
      const rows = readFileSync(page, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('|'));
      for (const { id, summary } of await kinds.all())
        assert.ok(
          rows.some((row) => row.includes(id) && row.endsWith(` | ${summary} |`)),
          `${page} has no row of ${id}, ${summary}`,
        );
    }
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

  it('draws the whole tree', () => {
    const drawing = readFileSync('docs/architecture.md', 'utf8').split('```')[1] as string;
    const entries = readdirSync('src', { recursive: true, withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${name}/`);
    const files = entries.filter(({ parentPath, name }) => inTree.has(parentPath) && name.endsWith('.ts'));
    const missing = [...folders, ...files.map(({ name }) => name)].filter(
      (name) => !drawing.split(wordEnd).includes(name),
    );
    assert.deepEqual(missing, []);
  });

  it('has no broken links between pages', () => {
    for (const page of pages) {
      for (const [, target] of readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
        assert.ok(existsSync(join(dirname(page), target as string)), `${page} links to ${target}`);
      }
    }
  });
});
