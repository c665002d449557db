import { accessSync, constants, existsSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
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
    const target = targetOf(path);
    writeFileSync(`${target}.part`, text);
    renameSync(`${target}.part`, target);
  } catch (error) {
    throw new UserError(`cannot write ${path} (${codeOf(error)})`, { exitCode: ExitCode.runFailed, cause: error });
  }
}

/** A regular file, or none yet. */
function isReplaceable(path: string): boolean {
  return !existsSync(path) || statSync(path).isFile();
}

const targetOf = (path: string): string => (existsSync(path) ? realpathSync(path) : path);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
