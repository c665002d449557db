import { encodeRequest } from '../../net/http/encode-request.js';
import type { Expected } from '../../net/http/response-parser.js';
import type { Outgoing, Prepared } from '../transport.js';
import type { OriginPool } from './origin-pool.js';

/** A request as bytes, and the pool of connections it goes over. */
export class WirePrepared implements Prepared {
  readonly outgoing: Outgoing;
  readonly pool: OriginPool;
  readonly bytes: Uint8Array;
  readonly expected: Expected;

  constructor(outgoing: Outgoing, pool: OriginPool) {
    this.outgoing = outgoing;
    this.pool = pool;
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
