import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ExitCode, UserError } from './errors.js';

/**
 * Looks before anything is measured whether a file can be written, so that no mistake costs a result.
 * @param said how the user asked for it: `-o result.json`
 * @throws {UserError} when its folder is missing, it is a folder itself, or one may not write there
 */
export function refuseUnwritable(path: string, said: string): void {
  const folder = dirname(path);
  if (!existsSync(folder)) throw new UserError(`${said}: there is no folder '${folder}'`);
  if (existsSync(path) && statSync(path).isDirectory()) throw new UserError(`${said}: that is a folder, not a file`);
  try {
    accessSync(isReplaceable(path) ? dirname(targetOf(path)) : path, constants.W_OK);
  } catch (error) {
    throw new UserError(`${said}: one may not write there (${codeOf(error)})`, { cause: error });
  }
}

/**
 * Writes a file beside itself and renames it, so that a reader never sees half of one. A symbolic link stays one, its
 * target is replaced; devices and pipes are written to as they are.
 * @throws {UserError} when it cannot be written
 */
export function writeWhole(path: string, text: string): void {
  try {
    if (!isReplaceable(path)) {
      writeFileSync(path, text);
      return;
    }
    replace(targetOf(path), text);
  } catch (error) {
    throw new UserError(`cannot write ${path} (${codeOf(error)})`, { exitCode: ExitCode.runFailed, cause: error });
  }
}

/** Who may read the file before may read the new one; where that fails nothing is left beside it. */
function replace(path: string, text: string): void {
  const beside = `${path}.part`;
  try {
    writeFileSync(beside, text);
    if (existsSync(path)) chmodSync(beside, statSync(path).mode);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** A regular file, or none yet. */
function isReplaceable(path: string): boolean {
  return !existsSync(path) || statSync(path).isFile();
}

const targetOf = (path: string): string => (existsSync(path) ? realpathSync(path) : path);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
