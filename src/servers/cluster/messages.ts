import type { LogLevel } from '../../core/log.js';
import type { ServerSpec } from '../service.js';
import type { ServerStats } from '../stats.js';

/**
 * What a process of `cluster` is started with, as JSON in its first argument. Where it rehearses, it waits for clients of
 * the primary's.
 */
export interface ProcessStart extends Omit<ServerSpec, 'counters' | 'phase'> {
  readonly host: string;
  readonly port: number;
}

/** From the primary to a process. */
export type ToWorker =
  /** There were enough clients of the primary's: it can listen for others. */
  | { readonly kind: 'rehearsed' }
  /** The server ends: what has arrived is the last of each connection. More connections may be handed out still. */
  | { readonly kind: 'ending' }
  /** There are no more: it can close. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'askStats'; readonly call: number }
  | { readonly kind: 'totals'; readonly call: number; readonly stats: ServerStats };

/** From a process to the primary. */
export type FromWorker =
  /** It waits for clients of the primary's. */
  | { readonly kind: 'rehearsing'; readonly port: number }
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'notStarted'; readonly code: string; readonly message: string }
  | { readonly kind: 'stats'; readonly call: number; readonly stats: ServerStats }
  /** A client wants the counters of all processes. */
  | { readonly kind: 'askTotals'; readonly call: number }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string };
