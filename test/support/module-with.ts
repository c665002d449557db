import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'archbench-'));
after(() => rmSync(folder, { recursive: true }));

/** A path of its own for a file that is gone when the tests of this process are over. */
export function temporaryFile(name: string): string {
  return join(folder, name);
}

/** The file of a module with that text. */
export function moduleWith(name: string, text: string): string {
  const file = temporaryFile(`${name}.mjs`);
  writeFileSync(file, text);
  return file;
}
