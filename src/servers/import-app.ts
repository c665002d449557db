import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What an application may import of archbench, wherever it lies. */
const own = {
  'archbench/app': new URL('application.js', import.meta.url).href,
  'archbench/client': new URL('../client/client.js', import.meta.url).href,
};

const hooks = `const own = ${JSON.stringify(own)};
export const resolve = (specifier, context, next) =>
  specifier in own ? { url: own[specifier], shortCircuit: true } : next(specifier, context);`;

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
    register(`data:text/javascript,${encodeURIComponent(hooks)}`);
    // Under another name: Node remembers what did not load.
    return import(`${href}?archbench`);
  }
}

function lacksArchbench(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.startsWith("Cannot find package 'archbench'")
  );
}
