import { reasonPhrases } from './reason-phrases.js';
import { type HttpResponse, isBodyless } from './response.js';

export interface ResponseFraming {
  /** The connection stays open afterwards. */
  readonly keepAlive: boolean;
  /** Answer to HEAD: the same headers, no body. */
  readonly head: boolean;
  readonly httpMinor: 0 | 1;
}

/** `HTTP/1.1 100 Continue`: ask for the body of a request with `Expect: 100-continue`. */
export const continueResponse: Uint8Array = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');

/**
 * The bytes of a response. A frozen response (`Object.freeze`) is a constant: it is encoded once a second, for its
 * Date, and the very same bytes are returned until then; so they must not be written to.
 */
export function encodeResponse(response: HttpResponse, framing: ResponseFraming): Uint8Array {
  let encodings = encoded.get(response);
  if (encodings === undefined) {
    if (!Object.isFrozen(response)) return encode(response, framing, httpDate());
    encodings = [];
    encoded.set(response, encodings);
  }
  const date = httpDate();
  const variant = (framing.keepAlive ? 1 : 0) | (framing.head ? 2 : 0) | (framing.httpMinor << 2);
  const known = encodings[variant];
  if (known !== undefined && known.date === date) return known.bytes;
  const bytes = encode(response, framing, date);
  encodings[variant] = { date, bytes };
  return bytes;
}

interface Encoding {
  readonly date: string;
  readonly bytes: Uint8Array;
}

const encoded = new WeakMap<HttpResponse, (Encoding | undefined)[]>();

function encode(response: HttpResponse, framing: ResponseFraming, date: string): Uint8Array {
  const { status, headers = {}, body = '' } = response;
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  let head = `HTTP/1.1 ${status} ${reasonPhrases[status] ?? ''}\r\nDate: ${date}\r\n`;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined) continue;
    if (typeof value === 'string') head += `${name}: ${value}\r\n`;
    else for (const one of value) head += `${name}: ${one}\r\n`;
  }
  // The first two of those without a body must not have a length, the third need not (RFC 9110 §8.6).
  const bodyless = isBodyless(status);
  if (!bodyless) head += `Content-Length: ${bodyBytes}\r\n`;
  if (!framing.keepAlive) head += 'Connection: close\r\n';
  else if (framing.httpMinor === 0) head += 'Connection: keep-alive\r\n';
  head += '\r\n';
  if (bodyless || framing.head || bodyBytes === 0) return Buffer.from(head, 'latin1');
  const bytes = Buffer.allocUnsafeSlow(head.length + bodyBytes);
  bytes.write(head, 0, head.length, 'latin1');
  if (typeof body === 'string') bytes.write(body, head.length, bodyBytes, 'utf8');
  else bytes.set(body, head.length);
  return bytes;
}

let dateSecond = -1;
let dateText = '';

/** Now, as the Date header says it (`Sun, 06 Nov 1994 08:49:37 GMT`); worked out once a second. */
function httpDate(): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(now).toUTCString();
  }
  return dateText;
}
