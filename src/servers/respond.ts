import type { HttpResponse } from '../net/http/response.js';
import type { HttpRequest } from '../net/http/request.js';
import type { Effects } from './application.js';
import { internalError } from './error-responses.js';
import { failureText } from './failure-text.js';
import type { Service } from './service.js';

/**
 * Gives the application a request: its answer, or the coroutine that will end with it, for `answerOf`. Whatever it
 * throws is our 500, not the end of the thread.
 */
export function handle(service: Service, request: HttpRequest): HttpResponse | Effects<HttpResponse> {
  try {
    return service.application.handle(request);
  } catch (error) {
    return failed(service, request, error);
  }
}

/** Goes on with what `handle` gave, to the answer. */
export function* answerOf(
  service: Service,
  request: HttpRequest,
  answer: HttpResponse | Effects<HttpResponse>,
): Effects<HttpResponse> {
  try {
    return 'next' in answer ? yield* answer : answer;
  } catch (error) {
    return failed(service, request, error);
  }
}

/** The answer to a request on which the application has failed, after a line in the log. */
export function failed({ counters, log }: Service, request: HttpRequest, error: unknown): HttpResponse {
  const untold = counters.failureToTell();
  if (untold !== undefined) {
    if (untold > 0) log('error', `${untold} more ${untold === 1 ? 'request has' : 'requests have'} failed`);
    log('error', `${request.method} ${request.target}: ${failureText(error)}`);
  }
  return internalError;
}
