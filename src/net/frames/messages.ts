import { tokenPattern } from '../http/characters.js';
import { FrameError } from './frame-error.js';

/** One request is wrong, and can be named: the connection goes on. */
export class RequestError extends FrameError {
  readonly id: number;

  constructor(id: number, message: string) {
    super(message);
    this.id = id;
  }
}

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A text without these has no number that no double holds, such as 1e999; one with them may have one. */
const mayOverflow = /\d[eE]|\d{300}/;

/** A body as people write it: the value of JSON, of anything else the text. */
export function jsonOrText(text: string): Json {
  try {
    return JSON.parse(text, mayOverflow.test(text) ? refuseInfinite : undefined) as Json;
  } catch {
    return text;
  }
}

/** A number that became infinite would be sent as null. */
function refuseInfinite(_key: string, value: unknown): unknown {
  if (value === Infinity || value === -Infinity) throw new RangeError('a number that no double holds');
  return value;
}

/** Asks for something: the same applications answer it that answer HTTP. */
export interface FrameRequest {
  /** Chosen by the client; the reply carries it, so that replies may come in any order. */
  readonly id: number;
  /** A token, as in HTTP. Default `GET`, with a body `POST`. */
  readonly method?: string;
  /** `/path?query`: visible ASCII only, as in HTTP. */
  readonly target: string;
  readonly body?: Json;
}

/** Answers one request. */
export interface FrameReply {
  /** Of the request; `null` where the stream broke the rules and no request can be named: the connection ends then. */
  readonly id: number | null;
  /** As in HTTP. */
  readonly status: number;
  /** The JSON value of an `application/json` answer, the text of a `text/…` one; of any other see `encoding`. */
  readonly body?: Json;
  /** The answer was of another type, or no UTF-8: its bytes are in `body`, in base64. */
  readonly encoding?: 'base64';
}

/** @throws {FrameError} saying what is missing */
export function readFrameReply(message: unknown): FrameReply {
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw new FrameError('a reply must be an object { id, status }');
  const { id, status, encoding } = message as Readonly<Record<string, unknown>>;
  if (id !== null && !isId(id)) throw new FrameError('a reply needs an id, a whole number or null');
  if (!Number.isInteger(status) || Number(status) < 100 || Number(status) > 999)
    throw new FrameError('a reply needs a status, a whole number of three digits');
  if (encoding !== undefined && encoding !== 'base64') throw new FrameError('the encoding of a reply can be base64');
  return message as FrameReply;
}

/** A path, with whatever else of visible ASCII HTTP takes here. */
export const targetPattern = /^\/[\x21-\x7e]*$/;

/**
 * @throws {RequestError} saying what is wrong with this request
 * @throws {FrameError} where not even that can be said: it has no id
 */
export function readFrameRequest(message: unknown): FrameRequest {
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw new FrameError('a request must be an object { id, target }');
  const { id, method, target, body } = message as Readonly<Record<string, unknown>>;
  if (!isId(id)) throw new FrameError('a request needs an id, a whole number');
  if (typeof target !== 'string' || !targetPattern.test(target))
    throw new RequestError(id, 'a request needs a target, a text of visible ASCII that begins with /');
  if (method !== undefined && (typeof method !== 'string' || !tokenPattern.test(method)))
    throw new RequestError(id, 'the method of a request must be a word such as GET');
  return {
    id,
    target,
    ...(method === undefined ? {} : { method }),
    ...(body === undefined ? {} : { body: body as Json }),
  };
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
