import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unsupportedReason } from '../../../../src/net/sys/platform.js';
import type { ServerStats } from '../../../../src/servers/stats.js';
import { eventually } from '../../../support/eventually.js';
import { fetchOnce, RawConnection } from '../../../support/raw-connection.js';

const main = fileURLToPath(new URL('../../../../src/cli/main.js', import.meta.url));

/** Its counters, asked by HTTP; `undefined` when it does not answer. */
async function askStats(port: number): Promise<ServerStats | undefined> {
  try {
    return JSON.parse((await fetchOnce(port, '/stats')).body.toString()) as ServerStats;
  } catch {
    return undefined;
  }
}

describe('few descriptors', { concurrency: 2, skip: unsupportedReason() ?? false, timeout: 60_000 }, () => {
  for (const [mode, ...set] of [['event-loop'], ['node-http'], ['cluster', 'workers=1']])
    it(`are told, counted, and got over: ${mode}`, async () => {
      const limited = ['-c', 'ulimit -n 64 && exec "$@"', 'sh', process.execPath, main];
      const command = ['serve', '--mode', mode as string, '--port', '0', ...set.flatMap((value) => ['--set', value])];
      const child = spawn('/bin/sh', [...limited, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
      const ended = once(child, 'close');
      try {
        let told = '';
        child.stderr.on('data', (text: Buffer) => (told += text.toString()));
        let listening = '';
        child.stdout.on('data', (text: Buffer) => (listening += text.toString()));
        const port = Number(await eventually('it listens', () => /:(\d+)[ \n]/.exec(listening)?.[1]));
        const open: RawConnection[] = [];
        // One after the other, so that no process but the one that serves runs short.
        let refused = 0;
        while (refused < 3 && open.length < 100) {
          const connection = await RawConnection.open(port);
          open.push(connection);
          await connection.send('GET /json HTTP/1.1\r\nHost: a\r\n\r\n');
          const isServed = await connection.response().then(
            () => true,
            () => false,
          );
          if (!isServed) refused += 1;
        }
        assert.equal(refused, 3);
        for (const connection of open) connection.socket.destroy();
        const rejected = await eventually('they have left, and it serves again', async () => {
          const stats = await askStats(port);
          return stats?.connections.open === 1 && stats.connections.rejected;
        });
        assert.ok(rejected >= 3);
        // It comes by way of another process.
        await eventually('it is told', () => told.endsWith('\n'));
        assert.match(told, /^warn: descriptors run out \(ulimit -n 64\): connections are closed\n/);
        child.kill('SIGTERM');
        assert.deepEqual(await ended, [0, null]);
      } finally {
        child.kill('SIGKILL');
        await ended;
      }
    });
});
