import { Socket } from 'node:net';
import { accept, close } from '../../../net/sys/socket.js';
import { rehearse, type Rounds } from '../../rehearsal.js';
import type { Service } from '../../service.js';

/** Whatever serves sockets on Node's event loop. */
interface SocketServer {
  readonly serve: (socket: Socket) => void;
  readonly drain: () => Promise<void>;
  readonly abort: () => void;
}

/** Rehearses on the event loop of the calling thread. */
export function rehearseOnLoop(
  given: Service,
  rounds: Rounds,
  open: (service: Service) => SocketServer,
): Promise<void> {
  return rehearse(given, rounds, async ({ service, listener, clients, end }) => {
    const server = open(service);
    for (let i = 0; i < clients; i++) {
      const fd = accept(listener, false);
      if (fd < 0) end();
      else server.serve(new Socket({ fd, allowHalfOpen: true }));
    }
    close(listener);
    await service.phase.reached('aborting');
    server.abort();
    await server.drain();
  });
}
