import assert from 'node:assert/strict';
import { connect, Socket } from 'node:net';
import { describe, it } from 'node:test';
import { close } from '../../src/net/sys/socket.js';
import { unsupportedReason } from '../../src/net/sys/platform.js';
import type { Architecture } from '../../src/servers/architecture.js';
import { everyArchitecture, keepAlive, skipReason, workers } from '../support/architectures.js';
import { startServer } from '../support/cold-server.js';
import { eventually } from '../support/eventually.js';
import { connectBlocking } from '../support/queue-up.js';
import { get, RawConnection } from '../support/raw-connection.js';

/** Asks again and again, on one connection or on a new one each time, until the server is gone. */
class Asker {
  /** A request has left, and its answer has not come. */
  isWaiting = false;
  answered = 0;
  readonly #port: number;
  readonly #request: string;
  #connection: RawConnection | undefined;

  constructor(port: number, request: string) {
    this.#port = port;
    this.#request = request;
  }

  async run(): Promise<void> {
    try {
      while (true) {
        this.#connection ??= await RawConnection.open(this.#port);
        await this.#connection.send(this.#request);
        this.isWaiting = true;
        const { status, headers } = await this.#connection.response();
        this.isWaiting = false;
        assert.equal(status, 200);
        this.answered++;
        if (headers.get('connection') === 'close') this.#hangUp();
      }
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
    } finally {
      this.#hangUp();
    }
  }

  #hangUp(): void {
    this.#connection?.[Symbol.dispose]();
    this.#connection = undefined;
  }
}

/** Has so many requests on their way at any time, until the server ends the connection. */
async function keepFull(port: number, request: string, requests: number, onAnswer: () => void): Promise<void> {
  const client = connect({ port, host: '127.0.0.1' });
  client.write(request.repeat(requests));
  // It may write when the server has just ended.
  client.on('error', () => undefined);
  client.on('data', (chunk: Buffer) => {
    // A cut one is not counted: then one request less is on its way.
    for (let answers = chunk.toString('latin1').split('HTTP/1.1 200').length - 1; answers > 0; answers--) {
      onAnswer();
      client.write(request);
    }
  });
  await new Promise((resolve) => client.on('close', resolve));
}

function examine(architecture: Architecture): void {
  const mode = architecture.id;

  it('waits for no answer in vain', async () => {
    const log: string[] = [];
    const server = await startServer({
      mode,
      set: [...keepAlive(architecture), ...workers(architecture, 2)],
      log: (_level, message) => log.push(message),
    });
    // Who keeps a connection keeps the thread of a blocking server too.
    const stays = architecture.family === 'blocking' ? [] : ['/work?io=5', '/json', '/cpu/1'].map((path) => get(path));
    const leaves = ['/work?io=5', '/json', '/cpu/1'].map((path) => get(path, 'Connection: close'));
    const askers = Array.from({ length: 4 }, () => [...stays, ...leaves])
      .flat()
      .map((request) => new Asker(server.port, request));
    const crowd = Promise.all(askers.map((asker) => asker.run()));
    await eventually('all have been answered', async () => askers.every(({ answered }) => answered >= 2));
    const waiting = askers.flatMap((asker) => (asker.isWaiting ? [{ asker, before: asker.answered }] : []));
    const closed = server.close();
    await crowd;
    assert.equal(await closed, true);
    assert.equal(waiting.filter(({ asker, before }) => asker.answered === before).length, 0, 'of what waited, lost');
    assert.deepEqual(log, []);
  });

  it('does not keep the server where each connection is always full', async () => {
    const log: string[] = [];
    const set = [...keepAlive(architecture), ...workers(architecture, 2)];
    const server = await startServer({ mode, set, graceMs: 2000, log: (_level, message) => log.push(message) });
    let answered = 0;
    const crowd = Array.from({ length: 4 }, () => keepFull(server.port, get('/json'), 32, () => answered++));
    await eventually('they are answered', async () => answered > 1000);
    assert.equal(await server.close(), true);
    await Promise.all(crowd);
    assert.deepEqual(log, []);
  });
}

/** A client that has asked before it is accepted. */
function askInQueue(port: number, path: string): RawConnection {
  return new RawConnection(new Socket({ fd: connectBlocking(port, Buffer.from(get(path))), allowHalfOpen: true }));
}

/** Keeps all threads busy, so that whoever comes waits, and then ends the server. @returns what it had to say */
async function endWhileBusy(
  { mode, set }: { readonly mode: string; readonly set: readonly string[] },
  whileBusy: (port: number) => readonly RawConnection[],
): Promise<string[]> {
  const log: string[] = [];
  const server = await startServer({ mode, set, graceMs: 3000, log: (_level, message) => log.push(message) });
  const busy = [await RawConnection.open(server.port), await RawConnection.open(server.port)];
  for (const client of busy) await client.send(get('/work?io=300', 'Connection: close'));
  // As far as they can be: one thread has one of them.
  await eventually('one is heard', async () => (await server.stats()).requests > 0);
  const waiting = whileBusy(server.port);
  const closed = server.close();
  for (const client of [...busy, ...waiting]) assert.equal((await client.response()).status, 200);
  for (const client of [...busy, ...waiting]) client.socket.destroy();
  assert.equal(await closed, true);
  return log;
}

const withSystemCalls = everyArchitecture.filter((architecture) => skipReason(architecture) === false);

describe('who waits while the server ends', { skip: unsupportedReason() ?? false, concurrency: 4 }, () => {
  for (const architecture of withSystemCalls)
    it(`does not wait for those who have asked and left: ${architecture.id}`, async () => {
      const set = workers(architecture, 1);
      const log = await endWhileBusy({ mode: architecture.id, set }, (port) => {
        for (let i = 0; i < 8; i++) close(connectBlocking(port, Buffer.from(get('/json'))));
        return [askInQueue(port, '/json'), askInQueue(port, '/json')];
      });
      assert.deepEqual(log, []);
    });

  it('does not wait for as many threads to start: threaded', async () => {
    const log = await endWhileBusy({ mode: 'threaded', set: ['maxThreads=2'] }, (port) =>
      Array.from({ length: 400 }, () => askInQueue(port, '/json')),
    );
    assert.deepEqual(log, []);
  });
});

describe('a crowd that goes on asking while the server ends', { concurrency: 4 }, () => {
  for (const architecture of everyArchitecture) {
    const skip = skipReason(architecture);
    describe(architecture.id, { skip }, () => examine(architecture));
  }
});
