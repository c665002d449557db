import { randomUUID } from 'node:crypto';
import {
  accessSync,
  appendFileSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  openSync,
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
 * @param said how the user asked for it: `--output result.json`
 * @throws {UserError} when its folder is missing, it is a folder itself, or one may not write there
 */
export function refuseUnwritable(path: string, said: string): void {
  const folder = dirname(path);
  if (!isFolder(folder)) throw new UserError(`${said}: there is no folder '${folder}'`);
  if (isFolder(path)) throw new UserError(`${said}: that is a folder, not a file`);
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
    if (isReplaceable(path)) replace(targetOf(path), text);
    else if (statSync(path).isFIFO()) writeToPipe(path, text);
    else writeFileSync(path, text);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/**
 * Adds to a file that others add to as well.
 * @throws {UserError} when it cannot be written
 */
export function append(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** How long a pipe may have no reader. To open it then would wait for ever, deaf to signals. */
const longestUnreadMs = 1000;

function writeToPipe(path: string, text: string): void {
  const seen = openForReader(path, longestUnreadMs);
  try {
    writeFileSync(path, text);
  } finally {
    closeSync(seen);
  }
}

function openForReader(path: string, leftMs: number): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) !== noReader || leftMs <= 0) throw error;
  }
  const pauseMs = 10;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  return openForReader(path, leftMs - pauseMs);
}

function unwritable(path: string, error: unknown): UserError {
  const code = codeOf(error);
  const reason = code === noReader ? 'nobody reads that pipe' : code;
  return new UserError(`cannot write ${path} (${reason})`, { exitCode: ExitCode.runFailed, cause: error });
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Who may read the file before may read the new one; where that fails nothing is left beside it. */
function replace(path: string, text: string): void {
  const beside = `${path}.${randomUUID()}.part`;
  try {
    writeFileSync(beside, text, { flag: 'wx' });
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

/** `open(2)` of a pipe that nobody reads. */
const noReader = 'ENXIO';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
