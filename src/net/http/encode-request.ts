import { methodsWithBody } from './methods.js';

export interface RequestToEncode {
  readonly method: string;
  /** Origin form, visible ASCII: `/path?query`. */
  readonly target: string;
  /** Value of the Host header. */
  readonly host: string;
  /**
   * Names and values in turn. A Host among them replaces `host`; with a Transfer-Encoding, which must end in
   * `chunked`, the body goes out as one chunk. A Content-Length must not be there for a body.
   */
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
}

/** The bytes of a request: Host first; Content-Length for a body that is not chunked or a method that defines one. */
export function encodeRequest(request: RequestToEncode): Uint8Array {
  const { headers, body } = request;
  let fields = '';
  let chunked = false;
  let host = `host: ${request.host}\r\n`;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') host = '';
    else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') chunked = true;
    fields += `${name}: ${headers[i + 1] as string}\r\n`;
  }
  if (!chunked && (body !== undefined || methodsWithBody.has(request.method)))
    fields += `content-length: ${body?.length ?? 0}\r\n`;
  const head = `${request.method} ${request.target} HTTP/1.1\r\n${host}${fields}\r\n`;
  return withBody(head, chunked ? oneChunk(body) : body);
}

function withBody(head: string, body: Uint8Array | undefined): Uint8Array {
  if (body === undefined || body.length === 0) return Buffer.from(head, 'latin1');
  const bytes = Buffer.allocUnsafeSlow(head.length + body.length);
  bytes.write(head, 0, head.length, 'latin1');
  bytes.set(body, head.length);
  return bytes;
}

/** A body in the chunked coding (RFC 9112 §7.1): one chunk, and the last one, which is empty. */
function oneChunk(body: Uint8Array | undefined): Uint8Array {
  const end = '0\r\n\r\n';
  if (body === undefined || body.length === 0) return Buffer.from(end, 'latin1');
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`, 'latin1'), body, Buffer.from(`\r\n${end}`)]);
}
