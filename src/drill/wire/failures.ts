import type { Failure } from '../transport.js';

/** Why a request has no complete response: the same words whichever transport found out. */
export interface Reason {
  readonly class: Failure['class'];
  readonly message: string;
}

export const timedOut: Reason = { class: 'timeout', message: 'no response in time' };
export const aborted: Reason = { class: 'aborted', message: 'ended before the response was complete' };
export const noTls: Reason = { class: 'tls', message: 'this transport speaks no TLS: use --transport auto' };
export const closedBeforeResponse: Reason = { class: 'reset', message: 'connection closed before a response' };
export const closedInResponse: Reason = { class: 'reset', message: 'connection closed in mid-response' };

/** What a failed attempt to connect means, by the code of the error. */
const connectMessages: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name not found for now',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connecting timed out',
  EMFILE: 'too many open files (EMFILE): raise ulimit -n',
  ENFILE: 'too many open files in the whole system (ENFILE)',
  EADDRNOTAVAIL: 'no local port left (EADDRNOTAVAIL)',
  ENOENT: 'no such socket (ENOENT)',
  ENOTSOCK: 'no such socket (ENOTSOCK)',
};

export function connectFailure(code: string): Reason {
  return { class: 'connect', message: connectMessages[code] ?? `connecting failed (${code})` };
}

export function notHttp(message: string): Reason {
  return { class: 'protocol', message: `not HTTP: ${message}` };
}

/** Whether an error code is one of connecting. */
export function isConnectCode(code: string): boolean {
  return Object.hasOwn(connectMessages, code);
}
