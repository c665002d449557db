import * as nodeModule from 'node:module';
import { pathToFileURL } from 'node:url';

/** What an application may import of archbench, wherever it lies. */
const own: Readonly<Record<string, string>> = {
  'archbench/app': new URL('application.js', import.meta.url).href,
  'archbench/client': new URL('../client/client.js', import.meta.url).href,
};

type Next = (specifier: string, context: unknown) => unknown;

/** A hook of Node's for resolving names. Its text is all that a thread of Node's has of it, so `own` is given to it. */
const resolveOwn = (names: typeof own, specifier: string, context: unknown, next: Next): unknown =>
  Object.hasOwn(names, specifier) ? { url: names[specifier], shortCircuit: true } : next(specifier, context);

/**
 * Imports the module of a user's application. Node looks for the packages that it imports in the folders above it; where
 * there is no archbench, as with one that is installed globally, the one that runs is meant.
 */
export async function importApp(file: string): Promise<unknown> {
  const { href } = pathToFileURL(file);
  try {
    return await import(href);
  } catch (error) {
    if (!lacksArchbench(error)) throw error;
    offerOwn();
    // Under another name: Node remembers what did not load.
    return import(`${href}?archbench`);
  }
}

function offerOwn(): void {
  // From Node 22.15 on, and Node 26 warns of the other one.
  const { registerHooks } = nodeModule as { registerHooks?: (hooks: Readonly<Record<'resolve', unknown>>) => void };
  if (registerHooks !== undefined) {
    registerHooks({ resolve: resolveOwn.bind(undefined, own) });
    return;
  }
  const hooks = `export const resolve = (${resolveOwn.toString()}).bind(undefined, ${JSON.stringify(own)});`;
  nodeModule.register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}

function lacksArchbench(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.startsWith("Cannot find package 'archbench'")
  );
}
