import { describe, it } from 'node:test';
import { resolveMode } from '../../src/servers/catalogue.js';
import { startServerProcess } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { threadNames } from '../support/proc.js';
import { RawConnection } from '../support/raw-connection.js';

/** The threads of a server that serves one connection, by their roles. */
const expected: Readonly<Record<string, { readonly set: readonly string[]; readonly roles: readonly string[] }>> = {
  single: { set: [], roles: ['server'] },
  threaded: { set: [], roles: ['acceptor', 'connection'] },
  reuseport: { set: ['workers=3'], roles: ['worker', 'worker', 'worker'] },
  reactor: { set: ['workers=2'], roles: ['worker', 'worker'] },
  pooled: { set: ['workers=2'], roles: ['acceptor', 'worker', 'worker'] },
  'event-loop': { set: [], roles: [] },
};
const roles = new Set(['acceptor', 'connection', 'server', 'worker']);

describe('the name of a thread', { timeout: 60_000 }, () => {
  for (const [mode, { set, roles: wanted }] of Object.entries(expected)) {
    it(`is its role: ${mode} has ${wanted.join(', ') || 'none but those of Node'}`, async (test) => {
      const reason = (await resolveMode(mode)).unsupported?.();
      if (reason !== undefined) {
        test.skip(reason);
        return;
      }
      await using server = await startServerProcess({ mode, set });
      using _connection = await RawConnection.open(server.port);
      await eventually('its threads have their names', () => {
        const names = threadNames(server.pid).filter((name) => roles.has(name));
        return names.toSorted().join() === wanted.join();
      });
    });
  }
});
