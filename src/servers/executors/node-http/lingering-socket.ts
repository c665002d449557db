import type { Socket } from 'node:net';
import { lingerBytes, lingerMs } from '../../connection.js';

/** What `linger` of connection.ts is, for a socket of Node's. Whoever reads from it does so no more. */
export function lingerOn(socket: Socket): void {
  let bytes = 0;
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes >= lingerBytes) socket.destroy();
  });
  // Not before all has left: the time and amount are for a peer that can read to the end.
  socket.pause();
  socket.end(() => {
    if (socket.destroyed) return;
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  });
}
