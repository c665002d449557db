import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { temporaryFile } from './module-with.js';

/** What the compiler says of a user's file: nothing where it is right. */
export function complaintsAbout(file: string, ...options: readonly string[]): string {
  const tsc = 'node_modules/typescript/bin/tsc';
  const always = ['--ignoreConfig', '--noEmit', '--strict', '--module', 'nodenext'];
  return spawnSync(process.execPath, [tsc, ...always, ...options, file]).stdout.toString();
}

/** The file of a module with that text, in a folder of its own where this package is installed, and no other. */
export function userModule(name: string, text: string): string {
  const file = temporaryFile(`${name}/${name}.mts`);
  const installed = temporaryFile(`${name}/node_modules/archbench`);
  mkdirSync(dirname(installed), { recursive: true });
  symlinkSync(resolve('.'), installed, 'junction');
  writeFileSync(file, text);
  return file;
}
