import { describe, it } from 'node:test';
import { everyArchitecture, skipReason } from '../support/architectures.js';
import { startServerProcess } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { threadNames } from '../support/proc.js';
import { RawConnection } from '../support/raw-connection.js';

interface Threads {
  readonly set: readonly string[];
  /** Of a server that serves one connection. */
  readonly roles: readonly string[];
}

const expected: ReadonlyMap<string, Threads> = new Map([
  ['single', { set: [], roles: ['server'] }],
  ['threaded', { set: [], roles: ['acceptor', 'connection'] }],
  ['reuseport', { set: ['workers=3'], roles: ['worker', 'worker', 'worker'] }],
  ['reactor', { set: ['workers=2'], roles: ['worker', 'worker'] }],
  ['pooled', { set: ['workers=2'], roles: ['acceptor', 'worker', 'worker'] }],
  ['event-loop', { set: [], roles: [] }],
]);
const roles = new Set(['acceptor', 'connection', 'server', 'worker']);

describe('the name of a thread', { timeout: 60_000 }, () => {
  for (const architecture of everyArchitecture) {
    const { id: mode } = architecture;
    const threads = expected.get(mode);
    if (threads === undefined) continue;
    const shown = threads.roles.join(', ') || 'none but those of Node';
    it(`is its role: ${mode} has ${shown}`, { skip: skipReason(architecture) }, async () => {
      await using server = await startServerProcess({ mode, set: threads.set });
      using _connection = await RawConnection.open(server.port);
      await eventually('its threads have their names', () => {
        const names = threadNames(server.pid).filter((name) => roles.has(name));
        return names.toSorted().join() === threads.roles.join();
      });
    });
  }
});
