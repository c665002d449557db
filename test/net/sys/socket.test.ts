import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { once } from 'node:events';
import { tcpAddress, unixAddress } from '../../../src/net/sys/address.js';
import { EADDRINUSE, EAGAIN, ECONNREFUSED, EINPROGRESS, EPIPE, SyscallError } from '../../../src/net/sys/errno.js';
import { unsupportedReason } from '../../../src/net/sys/platform.js';
import {
  accept,
  close,
  connect,
  hasPeerLeft,
  isClosed,
  holdPort,
  listenTcp,
  localPort,
  openSocket,
  read,
  send,
  sendAll,
  setNoDelay,
  setNonBlocking,
  setReceiveTimeout,
  setSendTimeout,
  shutdownSocket,
  socketError,
} from '../../../src/net/sys/socket.js';
import { connectedPair } from '../../support/connected-pair.js';
import { socketQueues } from '../../../src/net/sys/socket-queues.js';

describe('sockets', { skip: unsupportedReason() ?? false }, () => {
  for (const host of ['127.0.0.1', '::1']) {
    it(`carry bytes both ways over ${host}`, () => {
      const { client, server, end } = connectedPair(host);
      setNoDelay(client);
      assert.equal(sendAll(client, Buffer.from('question')), 8);
      const buffer = Buffer.alloc(64);
      assert.equal(read(server, buffer, 10), 8);
      assert.equal(buffer.toString('latin1', 10, 18), 'question');
      assert.equal(send(server, Buffer.from('an answer'), 3), 6);
      assert.equal(read(client, buffer), 6);
      assert.equal(buffer.toString('latin1', 0, 6), 'answer');
      shutdownSocket(server, 'write');
      assert.equal(read(client, buffer), 0);
      end();
    });
  }

  it('tell what has arrived unread, and what of theirs has not arrived', () => {
    const { client, server, end } = connectedPair();
    assert.deepEqual(socketQueues(server), { arrivedBytes: 0, onWayBytes: 0 });
    sendAll(client, Buffer.from('question'));
    assert.deepEqual(socketQueues(server), { arrivedBytes: 8, onWayBytes: 0 });
    setNonBlocking(server, true);
    const answer = Buffer.alloc(16 * 1024 * 1024);
    const sentBytes = send(server, answer);
    assert.ok(sentBytes > 0 && sentBytes < answer.length);
    const { onWayBytes } = socketQueues(server);
    assert.ok(onWayBytes > 0 && onWayBytes < sentBytes, `${onWayBytes} of ${sentBytes}`);
    end();
  });

  it('have nothing on its way to a peer that has closed with its question asked', () => {
    const { client, server } = connectedPair();
    sendAll(client, Buffer.from('question'));
    close(client);
    assert.equal(read(server, Buffer.alloc(10)), 8);
    // Its kernel answers with a reset.
    sendAll(server, Buffer.from('answer'));
    assert.equal(isClosed(server), true);
    assert.deepEqual(socketQueues(server), { arrivedBytes: 0, onWayBytes: 0 });
    close(server);
  });

  it('report what is not ready or has gone as -errno', () => {
    const listener = listenTcp({ host: '127.0.0.1', port: 0, nonBlocking: true });
    assert.equal(accept(listener, true), -EAGAIN);
    close(listener);
    const { client, server, end } = connectedPair();
    shutdownSocket(client, 'both');
    shutdownSocket(client, 'write');
    assert.equal(send(client, Buffer.from('x')), -EPIPE);
    assert.equal(read(server, Buffer.alloc(1)), 0);
    end();
  });

  it('tell whether the peer has left, without reading', () => {
    const { client, server, end } = connectedPair();
    assert.equal(hasPeerLeft(server), false);
    sendAll(client, Buffer.from('x'));
    shutdownSocket(client, 'write');
    assert.equal(hasPeerLeft(server), false);
    assert.equal(read(server, Buffer.alloc(8)), 1);
    assert.equal(hasPeerLeft(server), true);
    // Closing with bytes unread resets the connection.
    sendAll(server, Buffer.from('y'));
    assert.equal(hasPeerLeft(client), false);
    end();
    const reset = connectedPair();
    sendAll(reset.server, Buffer.from('y'));
    sendAll(reset.client, Buffer.from('x'));
    close(reset.client);
    assert.equal(hasPeerLeft(reset.server), true);
    close(reset.server);
  });

  it('turn from blocking to non-blocking and back', () => {
    const { client, end } = connectedPair();
    setNonBlocking(client, true);
    assert.equal(read(client, Buffer.alloc(1)), -EAGAIN);
    setNonBlocking(client, false);
    setReceiveTimeout(client, 20);
    const before = performance.now();
    assert.equal(read(client, Buffer.alloc(1)), -EAGAIN);
    assert.ok(performance.now() - before >= 19);
    end();
  });

  it('wait no longer than their timeouts', () => {
    const { client, end } = connectedPair();
    setReceiveTimeout(client, 20);
    const before = performance.now();
    assert.equal(read(client, Buffer.alloc(1)), -EAGAIN);
    assert.ok(performance.now() - before >= 19);
    setSendTimeout(client, 20);
    // Nobody reads: at some point the kernel's buffers are full.
    assert.equal(sendAll(client, Buffer.alloc(64 * 1024 * 1024)), -EAGAIN);
    end();
  });

  it('have no timeout with Infinity', () => {
    const { client, server, end } = connectedPair();
    setReceiveTimeout(client, Number.POSITIVE_INFINITY);
    setSendTimeout(server, Number.POSITIVE_INFINITY);
    assert.equal(sendAll(server, Buffer.from('late')), 4);
    assert.equal(read(client, Buffer.alloc(8)), 4);
    end();
  });

  it('hold a port for somebody who will listen on it', () => {
    const held = holdPort('127.0.0.1');
    const listener = listenTcp({ host: '127.0.0.1', port: localPort(held) });
    assert.equal(localPort(listener), localPort(held));
    close(held);
    const address = tcpAddress('127.0.0.1', localPort(listener));
    const client = openSocket(address.family, false);
    assert.equal(connect(client, address), 0);
    for (const fd of [client, listener]) close(fd);
  });

  it('share a port only when both ask to', () => {
    const first = listenTcp({ host: '127.0.0.1', port: 0, reusePort: true });
    const port = localPort(first);
    const second = listenTcp({ host: '127.0.0.1', port, reusePort: true });
    assert.equal(localPort(second), port);
    assert.throws(
      () => listenTcp({ host: '127.0.0.1', port }),
      (error) => {
        assert.ok(error instanceof SyscallError);
        assert.deepEqual(
          [error.call, error.code, error.errno, error.message],
          ['bind', 'EADDRINUSE', EADDRINUSE, `bind: EADDRINUSE (${EADDRINUSE})`],
        );
        return true;
      },
    );
    close(first);
    close(second);
  });

  it('tell how a connection attempt ended', async () => {
    const listener = listenTcp({ host: '127.0.0.1', port: 0 });
    const address = tcpAddress('127.0.0.1', localPort(listener));
    close(listener);
    const blocking = openSocket(address.family, false);
    assert.equal(connect(blocking, address), -ECONNREFUSED);
    close(blocking);
    const nonBlocking = openSocket(address.family, true);
    assert.ok([-EINPROGRESS, -ECONNREFUSED].includes(connect(nonBlocking, address)));
    close(nonBlocking);
    const { client, end } = connectedPair();
    assert.equal(socketError(client), 0);
    end();
  });

  it('connect to a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'archbench-socket-'));
    const path = join(folder, 's');
    const server: Server = createServer((peer) => peer.end('hello')).listen(path);
    await once(server, 'listening');
    const address = unixAddress(path);
    const fd = openSocket(address.family, false);
    assert.equal(connect(fd, address), 0);
    await once(server, 'connection');
    const buffer = Buffer.alloc(8);
    assert.equal(read(fd, buffer), 5);
    assert.equal(buffer.toString('latin1', 0, 5), 'hello');
    close(fd);
    server.close();
    rmSync(folder, { recursive: true });
  });

  it('refuse addresses that are none', () => {
    assert.throws(() => tcpAddress('localhost', 80), { message: "'localhost' is not an IPv4 or IPv6 address" });
    assert.throws(() => tcpAddress('127.0.0.1', 65_536), { message: '65536 is not a port' });
    assert.throws(() => unixAddress('/'.padEnd(108, 'x')), RangeError);
  });

  it('call closing twice what it is', () => {
    const listener = listenTcp({ host: '127.0.0.1', port: 0 });
    close(listener);
    assert.throws(() => close(listener), { name: 'SyscallError', message: /^close: EBADF/ });
  });
});
