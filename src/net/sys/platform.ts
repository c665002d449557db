import { arch, platform } from 'node:os';
import { loadKoffi } from './libc.js';

let reason: string | undefined;
let asked = false;

/**
 * Why raw system calls cannot be used here, in one clause (`needs Linux, this is darwin`);
 * `undefined` where they can. Every other file in this folder may be used only then.
 */
export function unsupportedReason(): string | undefined {
  if (!asked) reason = findReason();
  asked = true;
  return reason;
}

function findReason(): string | undefined {
  if (platform() !== 'linux') return `needs Linux, this is ${platform()}`;
  if (arch() !== 'x64' && arch() !== 'arm64') return `needs an x64 or arm64 processor, this is ${arch()}`;
  try {
    loadKoffi().load(null);
    return undefined;
  } catch (error) {
    // The first line: which files asked for it stands in the others.
    const [message] = (error instanceof Error ? error.message : String(error)).split('\n');
    return `koffi, which makes the system calls, does not load (npm install --include=optional?): ${message}`;
  }
}
