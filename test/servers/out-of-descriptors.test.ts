import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { everyArchitecture, skipReason, those } from '../support/architectures.js';
import { eventually } from '../support/eventually.js';
import { moduleWith } from '../support/module-with.js';
import { get, RawConnection } from '../support/raw-connection.js';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

const children: ChildProcess[] = [];
after(() => {
  // Those of tests that have failed.
  for (const child of children) child.kill('SIGKILL');
});

/** A server that may open so many descriptors. */
async function serveWith(descriptors: number, mode: string, ...more: string[]) {
  const serve = [process.execPath, main, 'serve', '--mode', mode, '--port', '0', '--grace', '20s', ...more];
  const child = spawn('/bin/sh', ['-c', `ulimit -n ${descriptors} && exec "$@"`, 'sh', ...serve], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
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
      assert.match(output.stderr, /^warn: accept: EMFILE; trying again\n/);
    });
  }
});

describe('a server whose descriptors strangers have taken', { timeout: 60_000 }, () => {
  for (const architecture of those('reactor', 'completion', 'pooled', 'event-loop'))
    it(
      `has some left for whoever was there before, on ${architecture.id}`,
      { skip: skipReason(architecture) },
      async () => {
        const { child, output, ended, port } = await serveWith(100, architecture.id);
        using first = await RawConnection.open(port);
        const strangers = await Promise.all(Array.from({ length: 120 }, () => RawConnection.open(port)));
        await eventually('it has run out of descriptors', () => output.stderr.startsWith('warn: '));
        await first.send(get('/1'));
        const { status, headers } = await first.response();
        assert.deepEqual([status, headers.get('content-type')], [200, 'text/html; charset=utf-8'], 'it is a file');
        for (const stranger of strangers) stranger.socket.destroy();
        child.kill('SIGTERM');
        assert.equal(await ended, 0);
      },
    );
});

const threaded = everyArchitecture.find(({ id }) => id === 'threaded');

describe('threaded without descriptors', { skip: threaded === undefined || skipReason(threaded) }, () => {
  it('answers everybody who waits in its accept queue when it shall end, with the threads that it has', async () => {
    const { child, output, ended, port } = await serveWith(150, 'threaded', '--set', 'maxThreads=8');
    const connections = await Promise.all(Array.from({ length: 200 }, () => RawConnection.open(port)));
    await Promise.all(connections.map((connection) => connection.send(get('/1', 'Connection: close'))));
    await connections[0]?.response();
    child.kill('SIGTERM');
    for (const connection of connections.slice(1)) assert.equal((await connection.response()).status, 200);
    assert.equal(await ended, 0);
    assert.doesNotMatch(output.stderr, /warn/);
  });

  it('says no to its first connection too many', async () => {
    const app = moduleWith(
      'taking-descriptors',
      `import { closeSync, openSync } from 'node:fs';
       const taken = [];
       export default () => ({
         handle() {
           try {
             for (;;) taken.push(openSync('/dev/null'));
           } catch {
             // The one that is left is the next client's.
             closeSync(taken.pop());
           }
           return { status: 200, body: 'none left' };
         },
       });`,
    );
    const { child, ended, port } = await serveWith(200, 'threaded', '--app', app, '--set', 'maxConnections=1');
    using first = await RawConnection.open(port);
    await first.send(get('/'));
    assert.equal((await first.response()).body.toString(), 'none left');
    for (let i = 0; i < 2; i++) {
      using other = await RawConnection.open(port);
      await other.send(get('/'));
      assert.equal((await other.response()).status, 503);
      await other.end();
    }
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
  });
});
