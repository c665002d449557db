import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { resolveMode } from '../../src/servers/catalogue.js';
import type { Server } from '../../src/servers/host.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { descriptorsOf } from '../support/proc.js';
import { fetchOnce, get, RawConnection } from '../support/raw-connection.js';

const folder = mkdtempSync(join(tmpdir(), 'archbench-files-'));
after(() => rmSync(folder, { recursive: true }));

const app = join(folder, 'app.mjs');
writeFileSync(
  app,
  `export default () => ({
     *handle({ query }) {
       if (query === '') return { status: 200 };
       try {
         return { status: 200, body: yield { kind: 'readFile', path: decodeURIComponent(query) } };
       } catch ({ code, syscall, message }) {
         return { status: 404, body: JSON.stringify({ code, syscall, message }) };
       }
     },
   });`,
);

function fileWith(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const patterned = (bytes: number): Buffer => Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 31) >> 4));

const ask = (path: string): string => `/?${encodeURIComponent(path)}`;

type Failure = Pick<NodeJS.ErrnoException, 'code' | 'syscall' | 'message'>;

/** What `readFileSync` says of a file that cannot be read. */
function failureOf(path: string): Failure | undefined {
  try {
    readFileSync(path);
    return undefined;
  } catch (error) {
    const { code = '', syscall = '', message } = error as NodeJS.ErrnoException;
    return { code, syscall, message };
  }
}

const withoutPath = ({ message, ...rest }: Failure): Failure => ({ ...rest, message: message.replace(/ '.*'$/, '') });

/** A pipe: its bytes come when we say so. */
function openPipe(name: string): { path: string; fd: number } {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return { path, fd: openSync(path, 'r+') };
}

async function askFor(path: string, server: Server): Promise<RawConnection> {
  const asking = await RawConnection.open(server.port);
  await asking.send(get(ask(path)));
  await eventually('the server has opened it', () => descriptorsOf().filter((open) => open === path).length === 2);
  return asking;
}

// One architecture for each way of reading files: blocking the thread, our runtimes, Node's threads, io_uring.
const readers = await Promise.all(['shared-queue', 'reactor', 'completion', 'event-loop'].map(resolveMode));
const [, , completion] = readers;

for (const { id: mode, unsupported } of readers) {
  describe(`files on ${mode}`, { skip: unsupported?.() ?? false, timeout: 60_000 }, () => {
    it('gives their bytes, whatever their size', async () => {
      await using server = await startServer({ mode, app });
      for (const size of [0, 1, 16_383, 16_384, 16_385, 600_000, 1_500_000]) {
        const bytes = patterned(size);
        const { body } = await fetchOnce(server.port, ask(fileWith(`of-${size}`, bytes)));
        assert.ok(bytes.equals(body), `${size} bytes, found ${body.length}`);
      }
      // Its size is 0, its bytes are not.
      const { body } = await fetchOnce(server.port, ask('/proc/self/cmdline'));
      assert.ok(readFileSync('/proc/self/cmdline').equals(body));
    });

    it('throws what the file system says', async () => {
      await using server = await startServer({ mode, app });
      const huge = fileWith('huge', Buffer.alloc(0));
      truncateSync(huge, 3 * 2 ** 30);
      const codes: (string | undefined)[] = [];
      for (const path of [join(folder, 'missing'), folder, join(app, 'below'), 'x'.repeat(300), huge, 'a\0b']) {
        const { body } = await fetchOnce(server.port, ask(path));
        const failure = JSON.parse(body.toString()) as Failure;
        codes.push(failure.code);
        // Node words its own errors differently from version to version, and has a path at the end or not.
        if (failure.syscall === undefined) continue;
        assert.deepEqual(withoutPath(failure), withoutPath(failureOf(path) as Failure));
      }
      assert.deepEqual(codes, [
        'ENOENT',
        'EISDIR',
        'ENOTDIR',
        'ENAMETOOLONG',
        'ERR_FS_FILE_TOO_LARGE',
        'ERR_INVALID_ARG_VALUE',
      ]);
    });

    it('reads what has no end up to a bound', async () => {
      await using server = await startServer({ mode, app });
      const { body } = await fetchOnce(server.port, ask('/dev/zero'));
      assert.deepEqual(JSON.parse(body.toString()), {
        code: 'ERR_FS_FILE_TOO_LARGE',
        message: 'What has no size (a pipe, a device) is read up to 64 MiB, and there is more',
      });
      assert.ok(!descriptorsOf().includes('/dev/zero'));
    });
  });
}

describe(
  'a file that keeps completion waiting',
  { skip: completion?.unsupported?.() ?? false, timeout: 60_000 },
  () => {
    it('delays nobody else', async () => {
      await using server = await startServer({ mode: 'completion', app });
      const { path, fd } = openPipe('slow');
      using asking = await askFor(path, server);
      for (let i = 0; i < 3; i++) assert.equal((await fetchOnce(server.port, '/')).status, 200);
      writeSync(fd, 'at last');
      closeSync(fd);
      assert.equal((await asking.response()).body.toString(), 'at last');
      assert.ok(!descriptorsOf().includes(path));
    });

    it('does not keep it from closing', async () => {
      const server = await startServer({ mode: 'completion', app, graceMs: 10 });
      const { path, fd } = openPipe('endless');
      using _asking = await askFor(path, server);
      assert.equal(await server.close(), true);
      closeSync(fd);
      assert.ok(!descriptorsOf().includes(path));
    });
  },
);
