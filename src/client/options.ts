import { nearest } from '../core/nearest.js';

/** Where the server is, how long to wait for it, and how much to have under way at once. */
export interface ClientOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly port: number;
  /** How long a request may wait for its reply, from when it is under way, connecting included; default 30 000. */
  readonly timeoutMs?: number;
  /** Requests that may be under way at once, and replies of `responses` that may wait: 1 or more; default 256. */
  readonly maxInFlight?: number;
  /** How often in a row to try to connect before a call fails, waiting 50 ms, 100 ms, 200 ms … 5 s between; default 5. */
  readonly connectAttempts?: number;
  /** The longest reply, in bytes; default 16 MiB. */
  readonly maxReplyBytes?: number;
}

type Bounded = 'port' | 'maxInFlight' | 'connectAttempts' | 'maxReplyBytes';

function refuseOutside(options: Required<ClientOptions>, name: Bounded, least: number, most: number): void {
  const value: unknown = options[name];
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} on` : `${least} to ${most}`;
  throw new RangeError(`${name} must be a whole number from ${range}, found ${String(value)}`);
}

/**
 * With the defaults for what is not given: in JavaScript that may be all of it, and the port is missed then.
 * @throws {RangeError | TypeError} for what is no such value
 */
export function withDefaults(
  {
    host = '127.0.0.1',
    port,
    timeoutMs = 30_000,
    maxInFlight = 256,
    connectAttempts = 5,
    maxReplyBytes = 16 * 1024 * 1024,
    ...unknown
  }: ClientOptions = {} as ClientOptions,
): Required<ClientOptions> {
  const options = { host, port, timeoutMs, maxInFlight, connectAttempts, maxReplyBytes };
  for (const name of Object.keys(unknown)) {
    const guess = nearest(name, Object.keys(options));
    throw new TypeError(`there is no option '${name}'${guess === undefined ? '' : `, did you mean '${guess}'?`}`);
  }
  refuseOutside(options, 'port', 1, 65_535);
  const given: unknown = host;
  if (typeof given !== 'string') throw new TypeError(`host must be a text, found ${String(given)}`);
  if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs must be above 0, found ${timeoutMs}`);
  for (const name of ['maxInFlight', 'connectAttempts', 'maxReplyBytes'] as const)
    refuseOutside(options, name, 1, Number.MAX_SAFE_INTEGER);
  return options;
}
