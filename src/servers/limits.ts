import { durationSetting, integerSetting, readSettings, type SettingValues } from '../core/settings.js';
import { requestLimits } from '../net/http/limits.js';

const mebibyte = 1024 * 1024;

/**
 * What every server bounds, whatever its architecture: `--set idleTimeout=5s`. A limit protects the
 * server from its clients; a benchmark that runs into one sees it in `rejected` of `/stats`.
 */
export const limitSettings = {
  maxConnections: integerSetting('open connections; a further one is answered 503 and closed', 16_384, {
    min: 1,
    max: 1_000_000,
  }),
  idleTimeout: durationSetting('how long a connection may stay open without a request', 60_000),
  headerTimeout: durationSetting('how long a client may take to send the head of a request', 10_000),
  bodyTimeout: durationSetting('how long a client may take to send the body of a request', 30_000),
  maxHeaderBytes: integerSetting('bytes of a request head; more is answered 431', requestLimits.maxHeaderBytes, {
    min: 256,
    max: mebibyte,
  }),
  maxBodyBytes: integerSetting('bytes of a request body; more is answered 413', requestLimits.maxBodyBytes, {
    min: 0,
    max: 1024 * mebibyte,
  }),
  backlog: integerSetting('connections the kernel queues for accept', 4096, { min: 1, max: 65_535 }),
};

/** How many connections can wait for accept: the kernel queues one more than it is asked to (`sk_acceptq_is_full`). */
export function mostWaiting(backlog: number): number {
  return backlog + 1;
}

/** Requests of one connection that may be in work at once; while there are so many, no other begins: back-pressure. */
export const mostInFlight = 256;

export type Limits = SettingValues<typeof limitSettings>;

export function defaultLimits(): Limits {
  return readSettings(limitSettings, new Map(), 'every server');
}
