import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** What `node:http` keeps on a socket: not documented, but it is what its own time limits are made of. */
interface ParsedSocket extends Socket {
  readonly parser?: {
    /** How long ago the message that is not complete yet has begun, in ms; 0 between two messages. Gone in Node 22.23. */
    readonly duration?: () => number;
  } | null;
  readonly server?: Server | null;
}

/** Its list of parsers, behind a symbol. `active` are those that have a part of a message. */
interface ConnectionsList {
  readonly active: () => readonly object[];
}

/**
 * Whether the parser has a part of a request, be it one byte. Bytes that are read do not tell it: half a head may have
 * come in the same chunk as the request before.
 */
export function hasRequestBegun(socket: Socket): boolean {
  const { parser, server } = socket as ParsedSocket;
  // For the parser, the first one begins with the connection.
  if (socket.bytesRead === 0 || !parser) return false;
  if (parser.duration !== undefined) return parser.duration() > 0;
  return connectionsOf(server)?.active().includes(parser) ?? false;
}

function connectionsOf(server: Server | null | undefined): ConnectionsList | undefined {
  if (!server) return undefined;
  const key = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'http.server.connections');
  return key === undefined ? undefined : (Reflect.get(server, key) as ConnectionsList);
}
