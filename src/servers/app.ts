import { existsSync, statSync } from 'node:fs';
import { UserError } from '../core/errors.js';
import type { Application, Handler } from './application.js';
import { checkedHandler, isPromise, nameOf } from './checked-handler.js';
import { messageOf } from './failure-text.js';
import { importApp } from './import-app.js';

/** A user's own application: which file, and what `--set app.NAME=VALUE` says to it. */
export interface AppSpec {
  /** Absolute path of a module whose default export is a `CreateApp`. */
  readonly file: string;
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Loads a user's application and creates it, for the calling thread.
 * @throws {UserError} when there is no such file, it does not load, or what it exports is no application
 */
export async function loadApp({ file, settings }: AppSpec): Promise<Application> {
  if (!existsSync(file)) throw new UserError(`--app ${file}: there is no such file`);
  if (statSync(file).isDirectory()) throw new UserError(`--app ${file} is a folder; expected a module, a file`);
  let module: { readonly default?: unknown };
  try {
    module = (await importApp(file)) as { readonly default?: unknown };
  } catch (cause) {
    throw new UserError(`--app ${file} does not load: ${messageOf(cause)}`, { cause, ...(await hintFor(file, cause)) });
  }
  const createApp = module.default;
  if (typeof createApp !== 'function')
    throw new UserError(
      `--app ${file}: the default export must be a function createApp(settings), found ${nameOf(createApp)}`,
    );
  let application: unknown;
  try {
    application = (createApp as (given: AppSpec['settings']) => unknown)(settings);
  } catch (cause) {
    throw new UserError(`--app ${file}: createApp failed: ${messageOf(cause)}`, { cause });
  }
  const handle =
    typeof application === 'object' && application !== null && 'handle' in application ? application.handle : undefined;
  if (isPromise(application))
    throw new UserError(
      `--app ${file}: createApp must return { handle(request) } at once, found a promise: the module may await at its top`,
    );
  if (typeof handle !== 'function')
    throw new UserError(`--app ${file}: createApp must return { handle(request) }, found ${nameOf(application)}`);
  return { handle: checkedHandler((handle as Handler).bind(application)) };
}

async function hintFor(file: string, error: unknown): Promise<{ readonly hint?: string }> {
  if (/\.[cm]?tsx?$/.test(file)) return { hint: 'compile it to JavaScript first, with tsc' };
  if (!(error instanceof SyntaxError)) return {};
  // A module that does not fit the others is a SyntaxError to Node, too.
  if (!error.message.includes('does not provide an export')) return { hint: `node --check ${file} shows where` };
  if (!error.message.includes("'archbench/app'")) return {};
  const names = Object.keys(await import('./application.js'));
  return { hint: `archbench/app exports ${names.join(', ')}` };
}
