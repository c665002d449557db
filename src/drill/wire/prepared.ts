import { encodeRequest } from '../../net/http/encode-request.js';
import type { Expected } from '../../net/http/response-parser.js';
import type { Outgoing, Prepared } from '../transport.js';
import { noTls, timedOut, type Reason } from './failures.js';
import type { OriginPool } from './origin-pool.js';

/** A request as bytes, and the pool of connections it goes over. */
export class WirePrepared implements Prepared {
  readonly outgoing: Outgoing;
  readonly pool: OriginPool;
  readonly bytes: Uint8Array;
  /** Why it cannot be sent at all. */
  readonly refusal: Reason | undefined;
  readonly expected: Expected;

  constructor(outgoing: Outgoing, pool: OriginPool) {
    this.outgoing = outgoing;
    this.pool = pool;
    if (outgoing.origin.scheme === 'https') this.refusal = noTls;
    else this.refusal = outgoing.timeoutMs <= 0 ? timedOut : undefined;
    this.bytes = encodeRequest({
      method: outgoing.method,
      target: outgoing.path,
      host: outgoing.origin.host,
      headers: outgoing.headers,
      body: outgoing.body,
    });
    this.expected = {
      head: outgoing.method === 'HEAD',
      keepHeaders: outgoing.keepHeaders,
      keepBody: outgoing.keepBody,
    };
  }
}
