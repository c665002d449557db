import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';

/** What a pipe or a device may hold: it does not tell beforehand, and may never end. */
const maxStreamBytes = 256 * 1024 * 1024;

/** The bytes of a file that a plan names. @throws when it cannot be read */
export function readFile(path: string): Buffer {
  return statSync(path).isFile() ? readFileSync(path) : readStream(path);
}

function readStream(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let bytes = 0; ;) {
      const chunk = Buffer.alloc(64 * 1024);
      const count = readSync(file, chunk);
      if (count === 0) return Buffer.concat(chunks);
      bytes += count;
      if (bytes > maxStreamBytes) throw new Error('it does not end within 256 MiB');
      chunks.push(chunk.subarray(0, count));
    }
  } finally {
    closeSync(file);
  }
}
