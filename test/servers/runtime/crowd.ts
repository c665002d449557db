import { parentPort, workerData } from 'node:worker_threads';
import { tcpAddress } from '../../../src/net/sys/address.js';
import { signalEventfd } from '../../../src/net/sys/eventfd.js';
import { close, connect, openSocket, read, sendAll } from '../../../src/net/sys/socket.js';
import { Phase } from '../../../src/servers/phase.js';
import { Gate } from './gate.js';

/** What the clients of the completion test are told. */
export interface Crowd {
  readonly port: number;
  readonly clients: number;
  readonly rounds: number;
  readonly gate: SharedArrayBuffer;
  readonly phase: SharedArrayBuffer;
  readonly doorbell: number;
}

/** How the body of every answer ends. */
export const lastWord = 'that is all';

/** Asks on all sockets while the server stands at the gate; the bytes of all answers. */
function askTogether(sockets: readonly number[], gate: Gate): number {
  const [first = -1, ...others] = sockets;
  sendAll(first, Buffer.from('GET /gate HTTP/1.1\r\nHost: h\r\n\r\n'));
  gate.untilSomebodyWaits();
  for (const fd of others) sendAll(fd, Buffer.from('GET / HTTP/1.1\r\nHost: h\r\n\r\n'));
  gate.open();
  return sockets.map(readAnswer).reduce((sum, bytes) => sum + bytes, 0);
}

function readAnswer(fd: number): number {
  const buffer = Buffer.alloc(4096);
  for (let end = 0; ;) {
    const bytes = read(fd, buffer, end);
    if (bytes <= 0) throw new Error(`the answer ended after ${end} bytes (${bytes})`);
    end += bytes;
    if (buffer.toString('latin1', 0, end).endsWith(lastWord)) return end;
  }
}

if (parentPort !== null) {
  const { port, clients, rounds, gate: gateMemory, phase, doorbell } = workerData as Crowd;
  const gate = new Gate(gateMemory);
  let bytes = 0;
  try {
    const address = tcpAddress('127.0.0.1', port);
    const sockets = Array.from({ length: clients }, () => {
      const fd = openSocket(address.family, false);
      connect(fd, address);
      return fd;
    });
    for (let round = 0; round < rounds; round++) bytes += askTogether(sockets, gate);
    sockets.forEach(close);
  } finally {
    // Whatever goes wrong here, the server ends.
    gate.remove();
    new Phase(phase).enter('aborting');
    signalEventfd(doorbell);
    parentPort.postMessage(bytes);
  }
}
