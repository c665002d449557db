import type { IncomingMessage } from 'node:http';
import { tokenPattern } from '../../../net/http/characters.js';
import { type HeadFields, headErrorOf, headTooLong, unknownVersion } from '../../../net/http/head-rules.js';
import { HttpError } from '../../../net/http/http-error.js';
import type { Limits } from '../../limits.js';

/** What Node's parser says of bytes that are no request. */
export interface NodeParserError extends Error {
  /** `HPE_…`: llhttp's. */
  readonly code?: string;
  readonly reason?: string;
  readonly bytesParsed?: number;
  /** The chunk it is in. */
  readonly rawPacket?: Buffer;
}

/** What is wrong with a head that Node's parser takes: the rules and limits of every server here. */
export function nodeHeadErrorOf(request: IncomingMessage, limits: Limits): HttpError | undefined {
  const { httpVersionMajor, httpVersionMinor, headers } = request;
  // To Node's parser a line without a version is HTTP/0.9.
  if (httpVersionMajor === 0) return new HttpError(400, 'no version in the request line');
  if (httpVersionMajor !== 1) return unknownVersion();
  const { bytes, hosts } = measure(request);
  if (bytes > limits.maxHeaderBytes) return headTooLong(limits);
  const coding = headers['transfer-encoding'];
  const fields: HeadFields = {
    hosts,
    // Several are one text to Node.
    codings: coding === undefined ? 0 : 1,
    chunked: coding?.toLowerCase() === 'chunked',
    contentLength: Number(headers['content-length'] ?? -1),
    expectUnknown: headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue',
  };
  return headErrorOf(fields, httpVersionMinor === 0 ? 0 : 1, limits);
}

/** What a head has beside method, target, names and values. */
const fixedBytes = '  HTTP/1.1\r\n\r\n'.length;
const bytesPerHeader = ': \r\n'.length;

/** The length of a head as it is usually written (Node's limit is on names and values alone), and its Host fields. */
function measure({ method = '', url = '', rawHeaders }: IncomingMessage): { bytes: number; hosts: number } {
  let bytes = method.length + url.length + fixedBytes + (rawHeaders.length / 2) * bytesPerHeader;
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    bytes += name.length + (rawHeaders[i + 1] as string).length;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return { bytes, hosts };
}

/** What a parser's error is to the peer; `undefined` for one that has hung up in mid-request. */
export function httpErrorOf(error: NodeParserError): HttpError | undefined {
  if (error.code === 'HPE_INVALID_EOF_STATE') return undefined;
  return new HttpError(statusOf(error), error.message);
}

function statusOf({ code, reason }: NodeParserError): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  // The first line of HTTP/2 is the one, any other version that has two digits the other.
  if (code === 'HPE_PAUSED_H2_UPGRADE' || reason === 'Invalid HTTP version') return 505;
  return 400;
}

const requestLine = /(\S+) \S+ HTTP\/1\.[01]\r\n/y;

/** Node's parser knows a fixed list of methods. Any other in a proper request line is no mistake of the peer's. */
export function isUnknownMethod({ code, rawPacket, bytesParsed = 0 }: NodeParserError): boolean {
  if (code !== 'HPE_INVALID_METHOD' || rawPacket === undefined) return false;
  const text = rawPacket.toString('latin1');
  // It has stopped within the method.
  requestLine.lastIndex = text.lastIndexOf('\n', bytesParsed - 1) + 1;
  const [, method] = requestLine.exec(text) ?? [];
  return method !== undefined && tokenPattern.test(method);
}
