import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { unsupportedReason } from '../../src/net/sys/platform.js';
import { close, holdPort, localPort } from '../../src/net/sys/socket.js';
import type { Architecture } from '../../src/servers/architecture.js';
import { everyArchitecture, fewThreads, skipReason } from '../support/architectures.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { moduleWith, temporaryFile } from '../support/module-with.js';
import { get, RawConnection } from '../support/raw-connection.js';

/** Connects as soon as somebody listens. */
async function openEarly(port: number): Promise<RawConnection> {
  return eventually('somebody listens', () => RawConnection.open(port).catch(() => undefined));
}

/** An application that loads in threads only when `gate` is there: clients come before. (The host has it at once.) */
function loadingAfter(gate: string, name: string): string {
  return moduleWith(
    name,
    `import { existsSync } from 'node:fs';
     import { isMainThread } from 'node:worker_threads';
     while (!isMainThread && !existsSync(${JSON.stringify(gate)})) await new Promise((resolve) => setTimeout(resolve, 5));
     export default () => ({ handle: () => ({ status: 200 }) });`,
  );
}

/** Few threads, and no room for one beside the spares. */
function settingsOf(architecture: Architecture): string[] {
  return architecture.id === 'threaded' ? ['spareThreads=4', 'maxThreads=4'] : fewThreads(architecture);
}

const skipAll = unsupportedReason() ?? false;

describe('whoever comes before a server is ready', { skip: skipAll, concurrency: 4, timeout: 60_000 }, () => {
  for (const architecture of everyArchitecture) {
    const { id: mode } = architecture;
    it(`is answered, on ${mode}`, { skip: skipReason(architecture) }, async () => {
      const held = holdPort('127.0.0.1');
      const port = localPort(held);
      const gate = temporaryFile(`${mode}-gate`);
      const starting = startServer({
        mode,
        port,
        app: loadingAfter(gate, mode),
        set: settingsOf(architecture),
      });
      const early = await Promise.all(Array.from({ length: 8 }, () => openEarly(port)));
      await Promise.all(early.map((connection) => connection.send(get('/json', 'Connection: close'))));
      writeFileSync(gate, '');
      const server = await starting;
      close(held);
      for (const connection of early) {
        assert.equal((await connection.response()).status, 200);
        connection.socket.destroy();
      }
      assert.equal(await server.close(), true);
    });
  }
});
