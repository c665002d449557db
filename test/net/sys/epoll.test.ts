import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { Epoll, EPOLLIN, EPOLLOUT, EPOLLRDHUP } from '../../../src/net/sys/epoll.js';
import { createEventfd, drainEventfd, signalEventfd } from '../../../src/net/sys/eventfd.js';
import { errnoName } from '../../../src/net/sys/errno.js';
import { unsupportedReason } from '../../../src/net/sys/platform.js';
import { nanosleep } from '../../../src/net/sys/sleep.js';
import { close, send, shutdownSocket } from '../../../src/net/sys/socket.js';
import { connectedPair } from '../../support/connected-pair.js';

describe('epoll', { skip: unsupportedReason() ?? false }, () => {
  it('reports each ready descriptor with its token', () => {
    using epoll = new Epoll(8);
    const events = [createEventfd(), createEventfd(), createEventfd()];
    events.forEach((fd, i) => epoll.add(fd, EPOLLIN, 100 + i));
    assert.equal(epoll.wait(0), 0);
    signalEventfd(events[0] as number);
    signalEventfd(events[2] as number);
    const count = epoll.wait(1000);
    const seen = Array.from({ length: count }, (_, i) => [epoll.fd(i), epoll.token(i), epoll.events(i)]);
    assert.deepEqual(
      seen.toSorted((a, b) => (a[1] as number) - (b[1] as number)),
      [
        [events[0], 100, EPOLLIN],
        [events[2], 102, EPOLLIN],
      ],
    );
    assert.equal(drainEventfd(events[0] as number), true);
    assert.equal(drainEventfd(events[0] as number), false);
    epoll.remove(events[2] as number);
    assert.equal(epoll.wait(0), 0);
    events.forEach(close);
  });

  it('is asked for other events with modify', () => {
    using epoll = new Epoll();
    const { client, server, end } = connectedPair();
    epoll.add(server, EPOLLIN);
    assert.equal(epoll.wait(0), 0);
    epoll.modify(server, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
    assert.equal(epoll.wait(1000), 1);
    assert.equal(epoll.events(0), EPOLLOUT);
    send(client, Buffer.from('x'));
    shutdownSocket(client, 'write');
    epoll.modify(server, EPOLLIN | EPOLLRDHUP);
    assert.equal(epoll.wait(1000), 1);
    assert.equal(epoll.events(0), EPOLLIN | EPOLLRDHUP);
    end();
  });

  it('rounds a timeout up to whole milliseconds', () => {
    using epoll = new Epoll();
    const before = performance.now();
    assert.equal(epoll.wait(0.4), 0);
    assert.ok(performance.now() - before >= 0.4);
  });

  it('is woken by another thread through an eventfd', async () => {
    using epoll = new Epoll();
    const fd = createEventfd();
    epoll.add(fd, EPOLLIN);
    const source = `import(${JSON.stringify(new URL('../../../src/net/sys/eventfd.js', import.meta.url).href)})
      .then((module) => module.signalEventfd(${fd}));`;
    const worker = new Worker(source, { eval: true });
    // Blocks this thread: only the other one can end it.
    assert.equal(epoll.wait(-1), 1);
    await once(worker, 'exit');
    close(fd);
  });
});

describe('nanosleep', { skip: unsupportedReason() ?? false }, () => {
  it('blocks the thread for at least that long', () => {
    const before = performance.now();
    nanosleep(12.5);
    assert.ok(performance.now() - before >= 12.5);
  });
});

describe('errnoName', () => {
  it('gives the usual name, or the number', () => {
    assert.equal(errnoName(2), 'ENOENT');
    assert.equal(errnoName(11), 'EAGAIN');
    assert.equal(errnoName(99_999), 'errno 99999');
  });
});
