// Which architectures a script in this folder is to run, and how.
import { architectures, resolveMode } from '../dist/src/servers/catalogue.js';
import { startServerProcess } from '../dist/src/servers/server-process.js';
import { giveUp } from './options.mjs';

/** Of those that run here, in the order of their names. */
const runnable = (await architectures.all())
  .filter(({ unsupported }) => unsupported?.() === undefined)
  .map(({ id }) => id);

/**
 * The modes in a text such as `reactor,threaded:spareThreads=150`, or all that run here.
 * @param others what else may be named
 */
export async function readModes(text, others = []) {
  if (text === undefined) return [...others, ...runnable];
  const modes = text.split(',');
  for (const mode of modes) {
    const [id] = mode.split(':');
    if (others.includes(id)) continue;
    const found = await resolveMode(id).catch(({ message }) => giveUp(message));
    if (!runnable.includes(found.id)) giveUp(`mode '${found.id}' cannot run here`);
  }
  return modes;
}

/** Starts `reactor` or `threaded:spareThreads=150`, with more settings where they are given. */
export function startMode(mode, { protocol = 'http', set = [] } = {}) {
  const [id, ...own] = mode.split(':');
  return startServerProcess({ mode: id, protocol, set: [...own, ...set] }).catch(({ message }) => giveUp(message));
}
