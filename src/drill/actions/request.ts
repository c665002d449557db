import * as v from 'valibot';
import { defineAction } from '../action.js';
import type { Iteration } from '../iteration.js';
import { duration, lenient, string, text, texts } from '../plan/schema.js';
import type { StepCompiler } from '../plan/step-compiler.js';
import { compileInspection, inspect, inspectionEntries, type Inspection } from '../request/inspection.js';
import { ResponseValue } from '../request/response-value.js';
import { bodySchema, compileBody, type Body } from '../request/body.js';
import { followRedirects, isRedirect, storeCookies, withCookies } from '../request/exchange.js';
import { Multipart } from '../request/multipart.js';
import { headerValue, isHeaderName } from '../request/headers.js';
import { bindRequest, type Built, type RequestPlan } from '../request/outgoing.js';
import { outcomeOf } from '../request/outcome.js';
import { checkUrl } from '../request/url-check.js';
import type { Run, Step } from '../run.js';
import type { Template } from '../template.js';
import type { Incoming, Outgoing, Prepared } from '../transport.js';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];
const methodsWithBody = new Set(['POST', 'PUT', 'PATCH']);

const method = v.pipe(
  string,
  v.toUpperCase(),
  v.check((verb) => methods.includes(verb), `one of ${methods.join(', ')}`),
);

const requestSchema = v.object({
  url: v.pipe(text, v.description('Absolute, or a path that is appended to base.')),
  method: lenient(v.pipe(method, v.description('GET, POST, PUT, PATCH, DELETE or HEAD; GET when absent.'))),
  headers: lenient(v.pipe(texts, v.description('Names and texts; each replaces a default of the same name.'))),
  body: v.optional(
    v.pipe(bodySchema, v.description('For POST, PUT and PATCH: a text, { file }, { hex } or { multipart }.')),
  ),
  timeout: v.optional(v.pipe(duration, v.description("For this request, instead of the plan's or of --timeout."))),
});

/**
 * Sends one HTTP request, follows redirects and records one result. With `assign`, the response becomes a
 * variable: `{{ name.status }}`, `{{ name.headers.etag }}`, `{{ name.body.users[0].id }}`.
 */
export default defineAction({
  id: 'request',
  rank: 50,
  entries: {
    request: v.pipe(requestSchema, v.description('One HTTP request, redirects followed.')),
    assign: v.optional(
      v.pipe(
        text,
        v.description('Keeps the response: {{ name.status }}, {{ name.headers.etag }}, {{ name.body.path }}.'),
      ),
    ),
    ...inspectionEntries,
  },
  repeats: true,
  compile: ({ name, request, assign, extract }, step) => {
    const inspection = compileInspection(extract, step);
    const plan = compileRequest(request, step, assign !== undefined, inspection);
    if (plan === undefined) return undefined;
    if (assign !== undefined) step.sets(assign);
    step.plan.requests += 1;
    const title = step.template(name, step.node);
    return (run) => requestStep(run, name, title, plan, assign, inspection);
  },
});

function compileRequest(
  config: v.InferOutput<typeof requestSchema>,
  step: StepCompiler,
  assigned: boolean,
  { keepsHeaders, keepsBody }: Inspection,
): RequestPlan | undefined {
  const at = (key: string) => step.node.locate(['request', key]);
  const verb = config.method ?? 'GET';
  const takesBody = methodsWithBody.has(verb);
  if (takesBody && config.body === undefined) {
    step.diagnostics.error(at('method'), `a ${verb} needs a 'body'; body: "" sends an empty one`);
    return undefined;
  }
  if (!takesBody && config.body !== undefined)
    step.diagnostics.warn(at('body'), `'body' is ignored: a ${verb} is sent without one`);
  const body = takesBody && config.body !== undefined ? compileBody(config.body, at('body'), step) : undefined;
  if (takesBody && body === undefined) return undefined;
  const url = step.template(config.url, at('url'));
  checkUrl(url, at('url'), step);
  return {
    method: verb,
    url,
    headers: compileHeaders(config.headers ?? {}, body, step),
    body,
    timeoutMs: config.timeout,
    keepHeaders: assigned || keepsHeaders,
    keepBody: assigned || keepsBody,
  };
}

/** The headers of every request, each replaced by one of the same name that stands nearer to the request. */
function compileHeaders(
  own: Readonly<Record<string, string>>,
  body: Body | undefined,
  step: StepCompiler,
): readonly [string, Template][] {
  const merged = new Map<string, Template>();
  const add = (name: string, value: string, at = step.node): void => {
    if (!isHeaderName(name)) step.diagnostics.error(at, `'${name}' cannot be the name of a header`);
    const template = step.template(value, at);
    if (template.literal !== undefined && headerValue(template.literal) === undefined)
      step.diagnostics.error(at, `'${name}': a header cannot hold line breaks or other control characters`);
    merged.delete(name.toLowerCase());
    merged.set(name.toLowerCase(), template);
  };
  add('user-agent', 'archbench');
  add('accept', '*/*');
  if (body instanceof Multipart) add('content-type', body.contentType);
  const shared = step.plan.options.headers;
  for (const { name } of shared?.keys() ?? []) {
    const value = shared?.get(name);
    if (typeof value?.value === 'string') add(name, value.value, value);
  }
  for (const [name, value] of Object.entries(own)) add(name, value, step.node.locate(['request', 'headers', name]));
  frame(merged, body !== undefined, step);
  return [...merged];
}

/**
 * Headers that say where the body ends must be true, or the server waits for more or takes the rest for the next
 * request: the length is always counted, and the only transfer coding is the one that is applied, `chunked`.
 */
function frame(headers: Map<string, Template>, hasBody: boolean, step: StepCompiler): void {
  if (hasBody || headers.get('content-length')?.literal?.trim() !== '0') headers.delete('content-length');
  const coding = headers.get('transfer-encoding');
  if (coding === undefined) return;
  if (!hasBody) headers.delete('transfer-encoding');
  else if (coding.literal?.trim().toLowerCase() !== 'chunked')
    step.diagnostics.error(
      step.node.locate(['request', 'headers']),
      `'transfer-encoding': expected chunked, the only coding there is, found ${JSON.stringify(coding.source)}`,
    );
}

function requestStep(
  run: Run,
  name: string,
  title: Template,
  plan: RequestPlan,
  assign: string | undefined,
  inspection: Inspection,
): Step {
  const group = run.recorder.group(name);
  const bound = bindRequest(plan, run);
  const { clock, transport, recorder, observer } = run;
  const boundTitle = title.bind(run);
  const looks = assign !== undefined || inspection.checks.length > 0 || inspection.extracts.length > 0;

  const finish = (iteration: Iteration, built: Built, incoming: Incoming, sentAt: number): void => {
    const dueAt = iteration.dueAt ?? sentAt;
    iteration.dueAt = undefined;
    const { doneAt, bodyBytes } = incoming;
    const wrong = outcomeOf(incoming);
    if (wrong === undefined && incoming.kind === 'response')
      recorder.success(group, dueAt, sentAt, incoming.headersAt, doneAt, bodyBytes);
    else if (wrong !== undefined) recorder.failure(group, wrong.class, wrong.message, dueAt, sentAt, doneAt, bodyBytes);
    if (observer !== undefined)
      observer.request({
        iteration: iteration.number,
        step: name,
        name: boundTitle.render(iteration),
        url: built.url,
        incoming,
        elapsedMs: doneAt - sentAt,
      });
    // After a transport error the variable stays as it was.
    if (incoming.kind === 'failure' || !looks) return;
    const response = new ResponseValue(incoming);
    if (assign !== undefined) iteration.set(assign, response);
    const checked = { response, elapsedMs: doneAt - sentAt, iteration };
    const passed = inspect(inspection, checked, (message) =>
      recorder.checkFailed(group, 'check', `${name}: ${message}`),
    );
    recorder.checksPassed(group, passed);
  };

  /** Everything a request may need beyond being sent: cookies before and after it, redirects. */
  const exchange = async (iteration: Iteration, built: Built, ready: Prepared | undefined): Promise<void> => {
    const sentAt = clock.now();
    const { outgoing } = built;
    if ('unsendable' in outgoing) {
      // Whoever repeats this for a million items must not hold the thread.
      await new Promise((resolve) => setImmediate(resolve));
      const message = outgoing.unsendable;
      return finish(
        iteration,
        built,
        { kind: 'failure', class: 'protocol', message, doneAt: sentAt, bodyBytes: 0 },
        sentAt,
      );
    }
    const request: Outgoing = withCookies(iteration, outgoing);
    observer?.sending?.(request);
    const prepared = ready !== undefined && request === outgoing ? ready : transport.prepare(request);
    let incoming = await transport.send(prepared);
    if (isRedirect(incoming)) incoming = await followRedirects(iteration, request, incoming, sentAt);
    else if (run.keepsCookies) {
      const storing = storeCookies(iteration, request, incoming);
      if (storing !== undefined) await storing;
    }
    finish(iteration, built, incoming, sentAt);
  };

  if ('build' in bound) return (iteration) => exchange(iteration, bound.build(iteration), undefined);
  const { fixed } = bound;
  const ready = 'unsendable' in fixed.outgoing ? undefined : transport.prepare(fixed.outgoing);
  return (iteration) => exchange(iteration, fixed, ready);
}
