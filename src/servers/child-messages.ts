import type { LogLevel } from '../core/log.js';
import type { ServerOptions } from './host.js';
import type { ServerStats } from './stats.js';
import type { UserErrorMessage } from './user-error-message.js';

/** What the child is started with, as JSON in its first argument. */
export type ChildStart = Pick<ServerOptions, 'mode' | 'set' | 'app' | 'protocol' | 'host' | 'port' | 'graceMs'>;

/** From the parent to the child. */
export type ToChild = { readonly kind: 'stats'; readonly call: number } | { readonly kind: 'close' };

/** It listens. */
export interface ReadyMessage {
  readonly kind: 'ready';
  readonly id: string;
  readonly url: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** From the child to the parent. */
export type FromChild =
  | ReadyMessage
  /** It did not start, for a reason that the user can do something about. */
  | UserErrorMessage
  /** What nobody caught, with its stack: an application's mistake, or a bug of ours. */
  | { readonly kind: 'failed'; readonly text: string }
  /** Its application has loaded, or another thread has started with it. */
  | { readonly kind: 'progress' }
  /** It has heard that it shall close. */
  | { readonly kind: 'closing' }
  | { readonly kind: 'stats'; readonly call: number; readonly stats: ServerStats }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string };
