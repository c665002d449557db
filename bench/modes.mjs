// Which architectures a script in this folder is to run, and how.
import { architectures, resolveMode } from '../dist/src/servers/catalogue.js';
import { startServerProcess } from '../dist/src/servers/server-process.js';
import { giveUp } from './options.mjs';

/**
 * The modes in a text such as `reactor,threaded:spareThreads=150`, or all: those that can run here. Of the others it is
 * said why not.
 * @param others what else may be named
 */
export async function readModes(text, others = []) {
  const modes = text?.split(',') ?? [...others, ...architectures.ids()];
  const runnable = [];
  for (const mode of modes) {
    const [id] = mode.split(':');
    const found = others.includes(id) ? {} : await resolveMode(id).catch(({ message }) => giveUp(message));
    const reason = found.unsupported?.();
    if (reason === undefined) runnable.push(mode);
    else console.error(`skipped ${mode}: ${reason}`);
  }
  return runnable.length > 0 ? runnable : giveUp('no mode is left to run');
}

/** Starts `reactor` or `threaded:spareThreads=150`, with more settings where they are given. */
export function startMode(mode, { protocol = 'http', set = [] } = {}) {
  const [id, ...own] = mode.split(':');
  return startServerProcess({ mode: id, protocol, set: [...own, ...set] }).catch(({ message }) => giveUp(message));
}
