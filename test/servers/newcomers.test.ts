import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { everyArchitecture, fewThreads, skipReason } from '../support/architectures.js';
import { startServerProcess } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { get } from '../support/raw-connection.js';

type Fate = 'answered' | 'refused' | 'ended' | 'reset' | 'never connected';

/** Asks one thing on a connection of its own, unless it is still connecting when nobody is there any more. */
function visit(port: number, gone: AbortSignal): Promise<Fate> {
  return new Promise((resolve) => {
    let isConnected = false;
    let fate: Fate = 'never connected';
    const socket = connect(port, '127.0.0.1', () => {
      isConnected = true;
      fate = 'reset';
      socket.write(get('/cpu/2000', 'Connection: close'));
    });
    const giveUp = (): void => {
      if (!isConnected) socket.destroy();
    };
    gone.addEventListener('abort', giveUp);
    socket.on('data', () => {
      fate = 'answered';
    });
    // Its request had not arrived when it was looked at: an idle connection is ended.
    socket.on('end', () => {
      if (fate === 'reset') fate = 'ended';
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') fate = 'refused';
    });
    socket.on('close', () => {
      gone.removeEventListener('abort', giveUp);
      resolve(fate);
    });
  });
}

describe('a crowd that keeps coming while a server closes', { timeout: 60_000 }, () => {
  for (const architecture of everyArchitecture) {
    const { id: mode } = architecture;
    it(`keeps it from nothing, and resets nobody, on ${mode}`, { skip: skipReason(architecture) }, async () => {
      const log: string[] = [];
      await using server = await startServerProcess({
        mode,
        set: fewThreads(architecture),
        log: (_level, message) => log.push(message),
      });
      const gone = new AbortController();
      const fates: Fate[] = [];
      const crowd = Array.from({ length: 8 }, async () => {
        for (let fate: Fate = 'answered'; fate === 'answered' && !gone.signal.aborted;) {
          fate = await visit(server.port, gone.signal);
          fates.push(fate);
        }
      });
      await eventually('many have come', () => fates.length > 30);
      await server.close();
      gone.abort();
      await Promise.all(crowd);
      assert.deepEqual(
        fates.filter((fate) => fate === 'reset'),
        [],
      );
      assert.deepEqual(log, [], 'it has not waited for the grace time to end');
    });
  }
});
