import type { Iteration } from '../iteration.js';
import type { Run } from '../run.js';
import type { Failure, Incoming, Outgoing, Prepared, Response } from '../transport.js';
import type { CookieStore } from './cookies.js';
import { indexOfHeader, utf8Text, withoutHeaders } from './headers.js';

/** As many as reqwest, and so drill, follows. */
const maxRedirects = 10;

/** Whether a response sends the request elsewhere. */
export function isRedirect(incoming: Incoming): incoming is Response {
  return (
    incoming.kind === 'response' &&
    incoming.status >= 301 &&
    incoming.status <= 308 &&
    incoming.status !== 304 &&
    incoming.status !== 305 &&
    incoming.status !== 306 &&
    incoming.headers?.get('location') !== undefined
  );
}

export function urlOf({ origin, path }: Outgoing): string {
  return `${origin.key}${path}`;
}

// Loaded when a plan may need it: cookies cost as much to load as all the rest.
let store: { readonly CookieStore: new () => CookieStore } | undefined;

/** Loads what keeps cookies, so that it does not happen while something is measured. */
export async function loadCookieStore(): Promise<void> {
  store ??= await import('./cookies.js');
}

/** Keeps the cookies that a response sets; what is returned, if anything, must be awaited. */
export function storeCookies(iteration: Iteration, request: Outgoing, incoming: Incoming): Promise<void> | undefined {
  if (incoming.kind !== 'response' || incoming.headers === undefined) return undefined;
  const setCookies = incoming.headers.all('set-cookie');
  return setCookies.length === 0 ? undefined : keep(iteration, urlOf(request), setCookies);
}

async function keep(iteration: Iteration, url: string, setCookies: readonly string[]): Promise<void> {
  if (store === undefined) await loadCookieStore();
  if (store === undefined) return;
  iteration.cookies ??= new store.CookieStore();
  for (const setCookie of setCookies) iteration.cookies.store(setCookie, url);
}

/** The request with the iteration's cookies that belong to it, unless its step sets a Cookie header. */
export function withCookies(iteration: Iteration, request: Outgoing): Outgoing {
  if (iteration.cookies === undefined || indexOfHeader(request.headers, 'cookie') !== -1) return request;
  const cookie = iteration.cookies.header(urlOf(request));
  return cookie === '' ? request : { ...request, headers: [...request.headers, 'cookie', cookie] };
}

/**
 * Follows redirects to the final response; the chain is one result, with one time limit.
 * @param first the redirect that `request` brought
 */
export async function followRedirects(
  iteration: Iteration,
  request: Outgoing,
  first: Response,
  sentAt: number,
): Promise<Incoming> {
  const { run } = iteration;
  let sent = request;
  let incoming: Incoming = first;
  for (let hops = 0; isRedirect(incoming); hops += 1) {
    const location = locationOf(sent, incoming);
    // Nowhere to go: the redirect is itself the response, as in drill.
    if (location === undefined) break;
    if (hops === maxRedirects) return failure(incoming, 'protocol', `more than ${maxRedirects} redirects`);
    await storeCookies(iteration, sent, incoming);
    const next = nextHop(run, sent, incoming.status, location);
    if (next === undefined) return failure(incoming, 'protocol', 'redirected to a URL that is not http or https');
    const leftMs = request.timeoutMs - (run.clock.now() - sentAt);
    if (leftMs <= 0) return failure(incoming, 'timeout', 'no response in time');
    sent = withCookies(iteration, { ...next, timeoutMs: leftMs });
    run.observer?.sending?.(sent);
    const prepared: Prepared = run.transport.prepare(sent);
    incoming = await run.transport.send(prepared);
  }
  await storeCookies(iteration, sent, incoming);
  return incoming;
}

function failure(last: Response, errorClass: Failure['class'], message: string): Failure {
  return { kind: 'failure', class: errorClass, message, doneAt: last.doneAt, bodyBytes: last.bodyBytes };
}

/** Where a redirect leads, by its first Location; `undefined` when that is no URL. */
function locationOf(sent: Outgoing, { headers }: Response): string | undefined {
  const location = utf8Text(headers?.all('location')[0] ?? '');
  const from = urlOf(sent);
  return location !== undefined && URL.canParse(location, from) ? new URL(location, from).href : undefined;
}

/**
 * The request that a redirect asks for: 303 makes it a GET (a HEAD stays one), 301 and 302 do so with a POST,
 * every other keeps method and body. What was meant for one host is not told to another.
 */
function nextHop(run: Run, sent: Outgoing, status: number, location: string): Outgoing | undefined {
  const target = run.targets.resolve(location);
  if (target === undefined) return undefined;
  const losesBody = status === 303 || (status < 303 && sent.method === 'POST');
  const becomesGet = losesBody && sent.method !== 'HEAD';
  const dropped = ['referer'];
  // A HEAD after a 303 too: it has no body, but may have been told of one.
  if (losesBody) dropped.push('content-type', 'content-length', 'content-encoding', 'transfer-encoding');
  // The jar says anew which cookies belong there; one that the step set itself stays with its host.
  const sameOrigin = target.origin === sent.origin;
  if (!sameOrigin) dropped.push('authorization', 'proxy-authorization', 'cookie', 'host');
  else if (run.keepsCookies) dropped.push('cookie');
  const kept = withoutHeaders(sent.headers, dropped);
  const tellsReferer = !(sent.origin.scheme === 'https' && target.origin.scheme === 'http');
  return {
    ...sent,
    origin: target.origin,
    path: target.path,
    method: becomesGet ? 'GET' : sent.method,
    body: losesBody ? undefined : sent.body,
    headers: tellsReferer ? [...kept, 'referer', urlOf(sent)] : kept,
  };
}
