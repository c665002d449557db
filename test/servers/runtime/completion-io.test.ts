import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createEventfd } from '../../../src/net/sys/eventfd.js';
import { close, listenTcp, localPort, read, setReceiveTimeout } from '../../../src/net/sys/socket.js';
import { type Operation, Uring, UringOp, uringUnsupportedReason } from '../../../src/net/sys/uring.js';
import type { Application } from '../../../src/servers/application.js';
import { defaultLimits } from '../../../src/servers/limits.js';
import { CompletionIo } from '../../../src/servers/runtime/completion/completion-io.js';
import { runServer } from '../../../src/servers/runtime/server.js';
import { connectedPair } from '../../support/connected-pair.js';
import { type Crowd, lastWord } from './crowd.js';
import { Gate } from './gate.js';
import { someService } from './some-service.js';

/** Counts what is asked of the kernel. */
class CountingRing extends Uring {
  /** Calls of io_uring_enter. */
  calls = 0;
  readonly operations = new Map<number, number>();
  bytesToSend = 0;

  override queue(operation: Operation, token: number, kind: number): void {
    this.operations.set(operation.op, (this.operations.get(operation.op) ?? 0) + 1);
    if (operation.op === UringOp.send) this.bytesToSend += operation.length;
    super.queue(operation, token, kind);
  }

  override submit(): void {
    this.calls += 1;
    super.submit();
  }

  override submitAndWait(timeoutMs: number): number {
    this.calls += 1;
    return super.submitAndWait(timeoutMs);
  }
}

describe('completion', { skip: uringUnsupportedReason() ?? false, timeout: 60_000 }, () => {
  it('accepts, receives and sends through its ring alone, in fewer calls than it answers requests', async () => {
    const clients = 65;
    const rounds = 20;
    const gate = new Gate();
    const application: Application = {
      handle: (request) => {
        if (request.target === '/gate') gate.pass();
        return { status: 200, body: lastWord };
      },
    };
    const service = (await someService()).apart(application, defaultLimits());
    const listener = listenTcp({ host: '127.0.0.1', port: 0 });
    const doorbell = createEventfd();
    const crowd: Crowd = {
      port: localPort(listener),
      clients,
      rounds,
      gate: gate.memory,
      phase: service.phase.memory,
      doorbell,
    };
    const worker = new Worker(new URL('./crowd.js', import.meta.url), { workerData: crowd });
    const ring = new CountingRing(1024);
    // Blocks this thread until the clients have had their answers.
    runServer({ listener, doorbell }, new CompletionIo(ring), service, () => undefined);
    const [bytes] = (await once(worker, 'message')) as [number];
    close(doorbell);
    const requests = clients * rounds;
    assert.equal(service.ownStats().requests, requests);
    assert.equal(ring.bytesToSend, bytes, 'every byte of every answer');
    assert.ok((ring.operations.get(UringOp.accept) ?? 0) >= clients);
    assert.ok((ring.operations.get(UringOp.receive) ?? 0) >= requests);
    assert.ok(ring.calls < requests, `${ring.calls} system calls for ${requests} requests`);
  });

  it('hands all that is made to the kernel before the thread computes for long, also what is behind something', () => {
    const { client, server } = connectedPair();
    const io = new CompletionIo(new Uring(64));
    const stream = io.open(server, { wake: () => undefined });
    stream.send(Buffer.from('first'));
    stream.sendSoon(Buffer.from(', second'));
    io.submit(5);
    const received = Buffer.alloc(64);
    setReceiveTimeout(client, 10_000);
    let bytes = 0;
    while (bytes < 13) {
      const more = read(client, received, bytes);
      assert.ok(more > 0, `${bytes} bytes have come`);
      bytes += more;
    }
    assert.equal(received.toString('latin1', 0, bytes), 'first, second');
    stream.close();
    io.close();
    close(client);
  });
});
