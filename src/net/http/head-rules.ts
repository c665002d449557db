import { HttpError } from './http-error.js';
import type { HttpLimits } from './limits.js';

/** What the fields of a head come to, whoever has read them. */
export interface HeadFields {
  /** How many `Host` fields there are. */
  readonly hosts: number;
  /** How many transfer codings there are. */
  readonly codings: number;
  /** The last of them is `chunked`. */
  readonly chunked: boolean;
  /** -1 when there is no `Content-Length`. */
  readonly contentLength: number;
  /** Something else than `100-continue` is expected. */
  readonly expectUnknown: boolean;
}

/** What may not stand together in the head of a request, and what is not spoken here: RFC 9112 §3.2, §6.1, §6.3. */
export function headErrorOf(fields: HeadFields, httpMinor: 0 | 1, limits: HttpLimits): HttpError | undefined {
  const { hosts, codings, chunked, contentLength, expectUnknown } = fields;
  if (hosts > 1) return new HttpError(400, 'more than one Host');
  if (hosts === 0 && httpMinor === 1) return new HttpError(400, 'HTTP/1.1 without Host');
  if (codings > 0) {
    if (contentLength !== -1) return new HttpError(400, 'both Content-Length and Transfer-Encoding');
    if (httpMinor === 0) return new HttpError(400, 'Transfer-Encoding in HTTP/1.0');
    if (codings > 1 || !chunked) return new HttpError(501, 'the only transfer coding spoken here is chunked');
  }
  if (contentLength > limits.maxBodyBytes) return bodyTooLong(limits);
  if (expectUnknown) return new HttpError(417, 'the only expectation met here is 100-continue');
  return undefined;
}

export function unknownVersion(): HttpError {
  return new HttpError(505, 'only HTTP/1.0 and HTTP/1.1 are spoken here');
}

export function headTooLong({ maxHeaderBytes }: HttpLimits): HttpError {
  return new HttpError(431, `request line and headers exceed ${maxHeaderBytes} bytes`);
}

export function bodyTooLong({ maxBodyBytes }: HttpLimits): HttpError {
  return new HttpError(413, `body exceeds ${maxBodyBytes} bytes`);
}
