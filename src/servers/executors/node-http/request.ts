import type { IncomingMessage } from 'node:http';
import { HttpHeaders } from '../../../net/http/headers.js';
import { type HttpRequest, pathOf, queryOf } from '../../../net/http/request.js';

/** A request of Node's as our applications see it. */
export class NodeHttpRequest implements HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly path: string;
  readonly query: string;
  readonly httpMinor: 0 | 1;
  readonly body: Uint8Array;
  readonly keepAlive: boolean;
  readonly #rawHeaders: readonly string[];
  #headers: HttpHeaders | undefined;

  constructor(request: IncomingMessage, keepAlive: boolean, body: Uint8Array) {
    this.method = request.method ?? 'GET';
    this.target = request.url ?? '/';
    this.path = pathOf(this.target);
    this.query = queryOf(this.target);
    this.httpMinor = request.httpVersionMinor === 0 ? 0 : 1;
    this.keepAlive = keepAlive;
    this.body = body;
    this.#rawHeaders = request.rawHeaders;
  }

  // Most routes never look at them.
  get headers(): HttpHeaders {
    return (this.#headers ??= new HttpHeaders(textOf(this.#rawHeaders), 0));
  }
}

/** Names and values in turn, as they stand in a request. */
function textOf(rawHeaders: readonly string[]): string {
  let text = '';
  for (const [i, part] of rawHeaders.entries()) text += i % 2 === 0 ? `${part}: ` : `${part}\r\n`;
  return `${text}\r\n`;
}
