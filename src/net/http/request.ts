import type { HttpHeaders } from './headers.js';

/** A complete request as a server's handler sees it. */
export interface HttpRequest {
  /** As sent: methods are case-sensitive. Any token; what is not supported is the handler's business. */
  readonly method: string;
  /** As sent: `/path?query`, `http://host/path?query`, or `*`. Only visible ASCII. */
  readonly target: string;
  /** The target's path, percent-encoding kept: `/path`. */
  readonly path: string;
  /** What follows the first `?`, or ''. */
  readonly query: string;
  /** HTTP/1.0 or HTTP/1.1. */
  readonly httpMinor: 0 | 1;
  readonly headers: HttpHeaders;
  /** Transfer coding taken off; empty when there is none. Owned by the receiver. */
  readonly body: Uint8Array;
  /** Whether the client expects the connection to stay open after the response. */
  readonly keepAlive: boolean;
}

/** Shared by all that have none, and frozen for that. */
export const noBody: Uint8Array = Object.freeze(new Uint8Array(0));

/** A request whose parts are worked out when somebody asks for them. */
export class ParsedRequest implements HttpRequest {
  body: Uint8Array = noBody;
  readonly method: string;
  readonly target: string;
  readonly httpMinor: 0 | 1;
  readonly headers: HttpHeaders;
  readonly keepAlive: boolean;

  constructor(method: string, target: string, httpMinor: 0 | 1, headers: HttpHeaders, keepAlive: boolean) {
    this.method = method;
    this.target = target;
    this.httpMinor = httpMinor;
    this.headers = headers;
    this.keepAlive = keepAlive;
  }

  /** The same request for somebody else, without its body: nothing that one of them is given shows on the other. */
  copy(): ParsedRequest {
    return new ParsedRequest(this.method, this.target, this.httpMinor, this.headers, this.keepAlive);
  }

  get path(): string {
    return pathOf(this.target);
  }

  get query(): string {
    return queryOf(this.target);
  }
}

/** The path in a request target, which may be absolute: `GET http://host/path` (RFC 9112 §3.2.2). */
export function pathOf(target: string): string {
  const origin = originForm(target);
  const question = origin.indexOf('?');
  return question === -1 ? origin : origin.slice(0, question);
}

/** What follows the first `?` of a request target, or ''. */
export function queryOf(target: string): string {
  const question = target.indexOf('?');
  return question === -1 ? '' : target.slice(question + 1);
}

function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const absolute = /^https?:\/\/[^/?]*(.*)$/i.exec(target);
  if (absolute === null) return target;
  const rest = absolute[1] as string;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
