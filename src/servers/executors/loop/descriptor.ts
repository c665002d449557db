import type { Server, Socket } from 'node:net';

/** The descriptor of a socket; -1 where it has none (closed, or of a process of `node:cluster` that does not accept). Node tells it to nobody. */
export function descriptorOf(socket: Socket | Server): number {
  const { _handle: handle } = socket as unknown as { readonly _handle: { readonly fd?: number } | null };
  return handle?.fd ?? -1;
}
