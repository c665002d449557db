import { ExitCode, UserError } from '../core/errors.js';
import { descriptorLimit } from '../net/sys/limits.js';
import { unsupportedReason } from '../net/sys/platform.js';

/** Where a server should have listened. */
interface Place {
  readonly host: string;
  readonly port: number;
}

/** What there is too little of. */
function descriptors(): string {
  const limit = unsupportedReason() === undefined ? ` than ${descriptorLimit()}` : '';
  return `more descriptors${limit} (ulimit -n)`;
}

const reasons: Readonly<Record<string, (place: Place) => string>> = {
  EADDRINUSE: ({ host, port }) => `port ${port} of ${host} is in use`,
  EACCES: ({ port }) => `no permission to listen on port ${port}`,
  EADDRNOTAVAIL: ({ host }) => `${host} is not an address of this machine`,
  EAFNOSUPPORT: ({ host }) => `this machine has no network of the kind that ${host} is an address of`,
  EMFILE: () => `to start, the server needs ${descriptors()}`,
  ENFILE: () => 'the machine has no descriptors left (fs.file-max)',
  ENOMEM: () => 'there is not enough memory to start the server',
  ERR_WORKER_INIT_FAILED: () => `a thread cannot be started: it needs more memory, or ${descriptors()}`,
};

/** Why a server has not started, in words, where the world is the reason; any other error as it is. */
export function explainStart(error: unknown, place: Place): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const reason = typeof code === 'string' ? reasons[code]?.(place) : undefined;
  return reason === undefined ? error : new UserError(reason, { exitCode: ExitCode.runFailed, cause: error });
}
