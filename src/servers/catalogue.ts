import { VariantFolder } from '../core/variants.js';
import type { Architecture } from './architecture.js';
import type { Protocol } from './service.js';

/** Every architecture: the files of `architectures/`. */
export const architectures = new VariantFolder<Architecture>(new URL('./architectures/', import.meta.url), 'mode');

/** What is spoken on a connection: the files of `protocols/`. */
export const protocols = new VariantFolder<Protocol>(new URL('./protocols/', import.meta.url), 'protocol');

/**
 * The architecture that `--mode` names by its id or one of its aliases.
 * @throws {UserError} naming the nearest mode
 */
export async function resolveMode(name: string): Promise<Architecture> {
  if (architectures.has(name)) return architectures.load(name);
  const all = await architectures.all();
  const found = all.find((architecture) => architecture.aliases?.includes(name));
  if (found !== undefined) return found;
  throw architectures.unknown(
    name,
    all.flatMap((architecture) => architecture.aliases ?? []),
  );
}
