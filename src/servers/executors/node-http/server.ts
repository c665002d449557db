import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { mostWaiting } from '../../limits.js';
import type { Service } from '../../service.js';
import type { ServerStats } from '../../stats.js';
import { createLoopServer } from '../loop/server.js';
import { acceptWaiting } from '../loop/turn.js';
import { NodeHttpConnection } from './connection.js';
import type { NodeParserError } from './errors.js';
import type { NodeServer } from '../loop/node-server.js';

/** How often Node looks for heads that take too long to arrive. */
const checkMs = 250;

/**
 * Node's own parser and encoder, our application: what is compared is everything below the handler.
 * `node:http` does not speak frames: there it is the bare sockets of `event-loop`, in the same process.
 * @param totals the counters of the whole server, where this one is a part of it
 */
export function createNodeHttpServer(given: Service, totals?: () => Promise<ServerStats>): NodeServer {
  if (given.protocol.id !== 'http') return createLoopServer(given, totals);
  const { limits, phase } = given;
  const connections = new Map<Socket, NodeHttpConnection>();
  const stats = (): ServerStats => {
    for (const connection of connections.values()) connection.count();
    return given.ownStats();
  };
  const service: Service = { ...given, stats: totals ?? stats };
  const server = createServer({
    noDelay: true,
    keepAliveTimeout: limits.idleTimeout,
    headersTimeout: limits.headerTimeout,
    // It would count heads and bodies together.
    requestTimeout: 0,
    connectionsCheckingInterval: checkMs,
    maxHeaderSize: limits.maxHeaderBytes,
    // Ours to refuse, so that it is counted.
    requireHostHeader: false,
  });
  // Bounded by their bytes, not by their number: those beyond it would vanish without a word.
  server.maxHeadersCount = 0;
  // A client that sends no more may read still. (Known to Node's documentation only by a comment in its source.)
  Object.assign(server, { httpAllowHalfOpen: true });

  let accepted = 0;
  server.on('connection', (socket) => {
    accepted += 1;
    // The grace time may end while some wait still to be accepted.
    if (socket.destroyed || phase.current === 'aborting') {
      socket.destroy();
      return;
    }
    connections.set(socket, new NodeHttpConnection(socket, service));
    socket.once('close', () => connections.delete(socket));
  });
  // Whether to go on with what a request expects is ours to say.
  for (const event of ['request', 'checkContinue', 'checkExpectation'])
    server.on(event, (request: IncomingMessage, response: ServerResponse) =>
      connections.get(request.socket)?.request(request, response),
    );
  server.on('connect', (_request, socket) => connections.get(socket as Socket)?.connect());
  server.on('clientError', (error: NodeParserError, stream) => {
    const connection = connections.get(stream as Socket);
    if (stream.destroyed) return;
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') connection?.headIsLate();
    else connection?.parserFailed(error);
  });
  // Node's own time limits begin with the first byte of a request; before that, this one is ours.
  server.setTimeout(limits.idleTimeout, (socket) => connections.get(socket)?.idleTimedOut());

  return {
    server,
    stats,
    drain: async () => {
      await acceptWaiting(server, () => accepted, mostWaiting(limits.backlog));
      const closed = new Promise((resolve) => {
        // That of `node:http` would also cut answers that are on their way, and forget its time limits.
        NetServer.prototype.close.call(server, resolve);
      });
      for (const connection of connections.values()) void connection.drain();
      await closed;
      // Now for its timer.
      server.close();
    },
    abort: () => {
      for (const connection of connections.values()) connection.abort();
    },
  };
}
