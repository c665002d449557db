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

const noBody = new Uint8Array(0);

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

  get path(): string {
    const origin = this.#originForm();
    const question = origin.indexOf('?');
    return question === -1 ? origin : origin.slice(0, question);
  }

  get query(): string {
    const question = this.target.indexOf('?');
    return question === -1 ? '' : this.target.slice(question + 1);
  }

  // A server must accept `GET http://host/path HTTP/1.1` too (RFC 9112 §3.2.2).
  #originForm(): string {
    if (this.target.startsWith('/')) return this.target;
    const absolute = /^https?:\/\/[^/?]*(.*)$/i.exec(this.target);
    if (absolute === null) return this.target;
    const rest = absolute[1] as string;
    return rest.startsWith('/') ? rest : `/${rest}`;
  }
}
