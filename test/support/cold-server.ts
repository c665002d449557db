import { type Server, type ServerOptions, startServer as startRehearsed } from '../../src/servers/host.js';

/**
 * Starts a server that does not rehearse, for tests in which milliseconds do not matter: a rehearsal computes for longer
 * (50 to 900 ms) than most of them.
 */
export function startServer(options: ServerOptions): Promise<Server> {
  return startRehearsed({ ...options, set: ['rehearse=false', ...(options.set ?? [])] });
}
