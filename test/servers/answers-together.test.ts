import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { encodeFrame } from '../../src/net/frames/encode-frame.js';
import { FrameDecoder } from '../../src/net/frames/frame-decoder.js';
import { tcpAddress } from '../../src/net/sys/address.js';
import { unsupportedReason } from '../../src/net/sys/platform.js';
import { close, connect, openSocket, read, sendAll, setReceiveTimeout } from '../../src/net/sys/socket.js';
import { skipReason, those } from '../support/architectures.js';
import { startServerProcess } from '../support/cold-server.js';
import { dataSegmentsReceived } from '../support/data-segments.js';
import { moduleWith, temporaryFile } from '../support/module-with.js';

/** `/slow` computes as long as this file is there, `/long` for 5 ms. */
const reason = temporaryFile('reason-to-compute');
const app = moduleWith(
  'slow-or-quick',
  `import { existsSync } from 'node:fs';
   const compute = () => {
     while (existsSync(${JSON.stringify(reason)}));
   };
   const computeLong = () => {
     const until = performance.now() + 5;
     while (performance.now() < until);
   };
   export default () => ({
     *handle({ path }) {
       if (path === '/slow') yield { kind: 'cpu', task: compute };
       if (path === '/long') yield { kind: 'cpu', task: computeLong };
       return { status: 200, body: path };
     },
   });`,
);

/** A client that waits in the kernel, on the thread of the test. */
class Client {
  readonly fd: number;
  readonly #buffer = new Uint8Array(64 * 1024);
  readonly #decoder = new FrameDecoder(this.#buffer.length);

  constructor(port: number) {
    const address = tcpAddress('127.0.0.1', port);
    this.fd = openSocket(address.family, false);
    assert.equal(connect(this.fd, address), 0);
    setReceiveTimeout(this.fd, 10_000);
  }

  /** Sends requests in one piece. */
  ask(...targets: readonly string[]): void {
    sendAll(this.fd, Buffer.concat(targets.map((target, id) => encodeFrame({ id, target }))));
  }

  hear(replies: number): void {
    for (let left = replies; left > 0;)
      if (this.#decoder.next() !== undefined) left -= 1;
      else {
        const bytes = read(this.fd, this.#buffer);
        assert.ok(bytes > 0, `${left} of ${replies} replies are missing`);
        this.#decoder.feed(this.#buffer.subarray(0, bytes));
      }
  }
}

// One for each way in which a connection is served: by a thread, by readiness, by completion, on Node's loop.
describe('answers to requests that come together', { skip: unsupportedReason() ?? false, timeout: 60_000 }, () => {
  for (const architecture of those('threaded', 'reactor', 'completion', 'event-loop'))
    it(
      `share system calls, and wait for no computing: ${architecture.id}`,
      { skip: skipReason(architecture) },
      async () => {
        await using server = await startServerProcess({ mode: architecture.id, protocol: 'frames', app });
        // The more connections there are, the more answers leave together.
        const clients = Array.from({ length: 9 }, () => new Client(server.port));
        for (const each of clients) {
          each.ask('/quick');
          each.hear(1);
        }
        const [client] = clients as [Client];
        for (let round = 0; round < 20; round++) {
          client.ask(...Array<string>(32).fill('/quick'));
          client.hear(32);
        }
        const segments = dataSegmentsReceived(client.fd) - 1;
        assert.ok(segments < 640 / 4, `640 answers came in ${segments} segments`);
        // From now on it is known to compute for long.
        client.ask('/long');
        client.hear(1);
        writeFileSync(reason, '');
        client.ask('/quick', '/quick', '/slow');
        client.hear(2);
        rmSync(reason);
        client.hear(1);
        for (const { fd } of clients) close(fd);
      },
    );
});
