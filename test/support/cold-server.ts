import { type Server, type ServerOptions, startServer as startRehearsed } from '../../src/servers/host.js';
import {
  type ServerProcess,
  type ServerProcessOptions,
  startServerProcess as startRehearsedProcess,
} from '../../src/servers/server-process.js';

const cold = 'rehearse=false';

/**
 * Starts a server that does not rehearse, for tests in which milliseconds do not matter: a rehearsal computes for longer
 * (50 to 900 ms) than most of them.
 */
export function startServer(options: ServerOptions): Promise<Server> {
  return startRehearsed({ ...options, set: [cold, ...(options.set ?? [])] });
}

/** The same in a process of its own. */
export function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  return startRehearsedProcess({ ...options, set: [cold, ...(options.set ?? [])] });
}
