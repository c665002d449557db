import type { Architecture } from '../../src/servers/architecture.js';
import { architectures } from '../../src/servers/catalogue.js';

/** Every architecture of the folder. */
export const everyArchitecture: readonly Architecture[] = await architectures.all();

/** Some of them, by their names. */
export const those = (...ids: readonly string[]): readonly Architecture[] =>
  everyArchitecture.filter(({ id }) => ids.includes(id));

/** Why it cannot run on this machine; false when it can. */
export function skipReason({ unsupported }: Pick<Architecture, 'unsupported'>): string | false {
  return unsupported?.() ?? false;
}

/** `workers=…`, where their number can be chosen. */
export function workers({ settings }: Pick<Architecture, 'settings'>, count: number): string[] {
  return 'workers' in settings ? [`workers=${count}`] : [];
}

/** Asks for connections that stay open, where they do not by themselves. */
export function keepAlive({ settings }: Pick<Architecture, 'settings'>): string[] {
  return 'keepAlive' in settings ? ['keepAlive=true'] : [];
}

/** Few threads where their number can be chosen, and some that are there already: an exam shall not take long. */
export function fewThreads(architecture: Architecture): string[] {
  return 'spareThreads' in architecture.settings ? ['spareThreads=2'] : workers(architecture, 2);
}
