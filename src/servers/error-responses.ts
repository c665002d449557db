import type { HttpResponse } from '../net/http/response.js';
import { HttpError } from '../net/http/http-error.js';
import { plain } from './content-types.js';

/** The answer to one connection too many. */
export const unavailable: HttpResponse = Object.freeze({
  status: 503,
  headers: Object.freeze({ ...plain, 'Retry-After': '1' }),
  body: 'too many connections\n',
});

/** The answer to a request on which the application has failed. */
export const internalError: HttpResponse = Object.freeze({
  status: 500,
  headers: plain,
  body: 'internal server error\n',
});

/** A client takes longer for its request than `headerTimeout` or `bodyTimeout`. */
export function requestTimeout(): HttpError {
  return new HttpError(408, 'the request took too long to arrive');
}

/** What to answer whoever broke the rules or the limits. */
export function responseTo({ status, message }: HttpError): HttpResponse {
  return { status, headers: plain, body: `${message}\n` };
}
