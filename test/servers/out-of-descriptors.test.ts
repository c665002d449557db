import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { everyArchitecture, skipReason } from '../support/architectures.js';
import { eventually } from '../support/eventually.js';
import { get, RawConnection } from '../support/raw-connection.js';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** A server that may open so many descriptors. */
async function serveWith(descriptors: number, mode: string) {
  const serve = [process.execPath, main, 'serve', '--mode', mode, '--port', '0', '--grace', '20s'];
  const child = spawn('/bin/sh', ['-c', `ulimit -n ${descriptors} && exec "$@"`, 'sh', ...serve], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => (output.stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (output.stderr += text.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const port = await eventually('the ready line', () => /http:\/\/[^:]+:(\d+).*\n$/.exec(output.stdout)?.[1]);
  return { child, output, ended, port: Number(port) };
}

describe('a server without descriptors that shall end', { timeout: 60_000 }, () => {
  // One of each way to accept by ourselves. (libuv closes those for whom it has no descriptor.)
  for (const mode of ['reactor', 'completion', 'pooled']) {
    const architecture = everyArchitecture.find(({ id }) => id === mode);
    const skip = architecture === undefined || skipReason(architecture);
    it(`answers everybody who waits in its accept queue, on ${mode}`, { skip }, async () => {
      const { child, output, ended, port } = await serveWith(100, mode);
      const connections = await Promise.all(Array.from({ length: 120 }, () => RawConnection.open(port)));
      await Promise.all(connections.map((connection) => connection.send(get('/json'))));
      await eventually('it has run out of descriptors', () => output.stderr.includes('accept: EMFILE'));
      child.kill('SIGTERM');
      for (const connection of connections) assert.equal((await connection.response()).status, 200);
      assert.equal(await ended, 0);
      // Once of who accepts, and once of who closes.
      assert.match(output.stderr, /^(warn: accept: EMFILE; whoever waits is tried again\n){1,2}$/);
    });
  }
});
