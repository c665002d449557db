import type { Iteration } from '../iteration.js';
import { StopRun, type Run } from '../run.js';
import type { BoundTemplate, Template } from '../template.js';
import type { Outgoing } from '../transport.js';
import { render } from '../value.js';
import type { Body } from './body.js';
import { Multipart } from './multipart.js';
import { headerValue, indexOfHeader, type HeaderList } from './headers.js';

/** A request as the plan says it, its texts parsed. */
export interface RequestPlan {
  readonly method: string;
  readonly url: Template;
  /** Names in lower case; none twice. */
  readonly headers: readonly (readonly [name: string, value: Template])[];
  readonly body: Body | undefined;
  readonly timeoutMs: number | undefined;
  readonly keepHeaders: boolean;
  readonly keepBody: boolean;
}

/** One request of one iteration: what goes out, and its URL as the plan's text gave it. */
export interface Built {
  readonly url: string;
  /** `unsendable`: it cannot be sent, which fails this request but not the run. */
  readonly outgoing: Outgoing | { readonly unsendable: string };
}

export type BuildRequest = (iteration: Iteration) => Built;

/**
 * Settles for one run what never changes.
 * @returns `fixed` when that is the whole request, else how to build it for an iteration
 */
export function bindRequest(plan: RequestPlan, run: Run): { readonly fixed: Built } | { readonly build: BuildRequest } {
  try {
    return bind(plan, run);
  } catch (error) {
    if (!(error instanceof StopRun)) throw error;
    // It can never be sent: known now, but said when its turn comes, as the steps before it may do their work.
    return {
      build: () => {
        throw error;
      },
    };
  }
}

function bind(plan: RequestPlan, run: Run): { readonly fixed: Built } | { readonly build: BuildRequest } {
  const url = plan.url.bind(run);
  const headers = bindHeaders(plan, run);
  const body = bindBody(plan.body, run);
  const make = (urlText: string, base: string, list: HeaderList, bytes: Uint8Array | undefined): Built => {
    const full = urlText.startsWith('/') ? base + urlText : urlText;
    const target = run.targets.resolve(full);
    if (target === undefined) return { url: full, outgoing: { unsendable: refuse(full) } };
    const withAuthorization =
      target.authorization === undefined || indexOfHeader(list, 'authorization') !== -1
        ? list
        : [...list, 'authorization', target.authorization];
    return {
      url: full,
      outgoing: {
        origin: target.origin,
        method: plan.method,
        path: target.path,
        headers: withAuthorization,
        body: bytes,
        timeoutMs: plan.timeoutMs ?? run.timeoutMs,
        keepHeaders: plan.keepHeaders || run.keepsHeaders,
        keepBody: plan.keepBody || run.keepsBodies,
      },
    };
  };
  const baseMayChange = run.reassigned.has('base');
  if (url.literal !== undefined && Array.isArray(headers) && (body === undefined || body instanceof Uint8Array)) {
    if (!(baseMayChange && url.literal.startsWith('/'))) return { fixed: make(url.literal, run.base, headers, body) };
  }
  return {
    build: (iteration) =>
      make(
        url.render(iteration),
        baseMayChange ? render(iteration.lookUp('base', []) ?? '') : run.base,
        typeof headers === 'function' ? headers(iteration) : headers,
        typeof body === 'function' ? body(iteration) : body,
      ),
  };
}

/** @throws {StopRun} when no request can be made of it at all, as in drill; else why it fails */
function refuse(url: string): string {
  if (!URL.canParse(url))
    throw new StopRun(url === '' ? 'the URL is empty' : `'${url}' is not a URL, nor a path that begins with /`);
  return `the scheme of '${new URL(url).protocol}//' is not http or https`;
}

function bindHeaders({ headers }: RequestPlan, run: Run): HeaderList | ((iteration: Iteration) => HeaderList) {
  const bound = headers.map(([name, template]) => {
    const value = template.bind(run);
    return { name, value, constant: value.literal === undefined ? undefined : allowed(name, value.literal) };
  });
  if (bound.every(({ constant }) => constant !== undefined))
    return bound.flatMap(({ name, constant = '' }) => [name, constant]);
  return (iteration) => {
    const list: string[] = [];
    for (const { name, value, constant } of bound) list.push(name, constant ?? allowed(name, value.render(iteration)));
    return list;
  };
}

function allowed(name: string, text: string): string {
  const value = headerValue(text);
  if (value === undefined)
    throw new StopRun(`the header '${name}' may not hold ${JSON.stringify(text)}: a value has no line breaks`);
  return value;
}

function bindBody(body: Body | undefined, run: Run): Uint8Array | undefined | ((iteration: Iteration) => Uint8Array) {
  if (body === undefined || body instanceof Uint8Array) return body;
  if (body instanceof Multipart) return body.bind(run);
  const bound: BoundTemplate = body.bind(run);
  if (bound.literal !== undefined) return Buffer.from(bound.literal);
  return (iteration) => Buffer.from(bound.render(iteration));
}
