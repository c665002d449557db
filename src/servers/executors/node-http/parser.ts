import type { Socket } from 'node:net';

/** What `node:http` keeps on a socket: not documented, but it is what its own time limits are made of. */
interface ParsedSocket extends Socket {
  readonly parser?: {
    /** How long ago the message that is not complete yet has begun, in ms; 0 between two messages. */
    duration(): number;
  } | null;
}

/**
 * Whether the parser has a part of a request, be it one byte. Bytes that are read do not tell it: half a head may have
 * come in the same chunk as the request before.
 */
export function hasRequestBegun(socket: Socket): boolean {
  // For the parser, the first one begins with the connection.
  if (socket.bytesRead === 0) return false;
  return ((socket as ParsedSocket).parser?.duration() ?? 0) > 0;
}
