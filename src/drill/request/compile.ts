import * as v from 'valibot';
import { tokenPattern } from '../../net/http/characters.js';
import { methodsWithBody } from '../../net/http/methods.js';
import type { PlanNode } from '../plan/node.js';
import { duration, lenient, optionalText, string, text, texts } from '../plan/schema.js';
import type { StepCompiler } from '../plan/step-compiler.js';
import type { Template } from '../template.js';
import { bodySchema, compileBody, type Body } from './body.js';
import { headerValue } from './headers.js';
import type { Inspection } from './inspection.js';
import { Multipart } from './multipart.js';
import type { RequestPlan } from './outgoing.js';
import { checkUrl } from './url-check.js';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];

const method = v.pipe(
  string,
  v.toUpperCase(),
  v.check((verb) => methods.includes(verb), `one of ${methods.join(', ')}`),
  v.metadata({ pattern: inAnyCase(methods) }),
);

/** Regular expressions of JSON Schema have no flags: `^([gG][eE][tT])$`. */
function inAnyCase(words: Iterable<string>): string {
  const spelt = Array.from(words, (word) => word.replace(/./g, (letter) => `[${letter.toLowerCase()}${letter}]`));
  return `^(${spelt.join('|')})$`;
}

/** What may stand under `request`. */
export const requestSchema = v.pipe(
  v.object({
    url: v.pipe(text, v.description('Absolute, or a path that is appended to base.')),
    method: optionalText(v.pipe(method, v.description('GET, POST, PUT, PATCH, DELETE or HEAD; GET when absent.'))),
    headers: lenient(v.pipe(texts, v.description('Names and texts; each replaces a default of the same name.'))),
    body: v.optional(
      v.pipe(bodySchema, v.description('For POST, PUT and PATCH: a text, { file }, { hex } or { multipart }.')),
    ),
    timeout: v.optional(v.pipe(duration, v.description("For this request, instead of the plan's or of --timeout."))),
  }),
  v.metadata({
    // A body, or a method that has none.
    anyOf: [
      { required: ['body'] },
      { not: { properties: { method: { pattern: inAnyCase(methodsWithBody) } }, required: ['method'] } },
    ],
  }),
);

/** The request that a plan asks for; `undefined` when something is wrong with it, and said. */
export function compileRequest(
  config: v.InferOutput<typeof requestSchema>,
  step: StepCompiler,
  assigned: boolean,
  { keepsHeaders, keepsBody }: Inspection,
): RequestPlan | undefined {
  const at = (key: string) => step.node.locate(['request', key]);
  const verb = config.method ?? 'GET';
  const takesBody = methodsWithBody.has(verb);
  if (takesBody && config.body === undefined)
    step.diagnostics.error(at('method'), `a ${verb} needs a 'body'; body: "" sends an empty one`);
  if (!takesBody && config.body !== undefined)
    step.diagnostics.warn(at('body'), `'body' is ignored: a ${verb} is sent without one`);
  const body = takesBody && config.body !== undefined ? compileBody(config.body, at('body'), step) : undefined;
  const url = compileUrl(config.url, at('url'), step);
  const headers = compileHeaders(config.headers ?? {}, body, step);
  if (takesBody && body === undefined) return undefined;
  return {
    method: verb,
    url,
    headers,
    body,
    timeoutMs: config.timeout,
    keepHeaders: assigned || keepsHeaders,
    keepBody: assigned || keepsBody,
  };
}

/** Says what more is wrong with a request that has wrong keys or values, as far as it can be told apart. */
export function examineRequest(step: StepCompiler): void {
  const url = step.node.get('request')?.get('url');
  if (typeof url?.value === 'string') compileUrl(url.value, url, step);
  const headers = step.node.get('request')?.get('headers');
  const pairs = headers?.keys().map(({ name }) => [name, headers.get(name)?.value] as const) ?? [];
  const valid = pairs.filter((pair): pair is readonly [string, string] => typeof pair[1] === 'string');
  compileHeaders(Object.fromEntries(valid), undefined, step);
}

function compileUrl(given: string, at: PlanNode, step: StepCompiler): Template {
  const url = step.template(given, at);
  checkUrl(url, at, step);
  return url;
}

/** The headers of every request, each replaced by one of the same name that stands nearer to the request. */
function compileHeaders(
  own: Readonly<Record<string, string>>,
  body: Body | undefined,
  step: StepCompiler,
): readonly [string, Template][] {
  const merged = new Map<string, Template>();
  const add = (name: string, value: string, at = step.node): void => {
    if (!tokenPattern.test(name)) step.diagnostics.error(at, `'${name}' cannot be the name of a header`);
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
  warnOfRepeated(Object.keys(own), step);
  for (const [name, value] of Object.entries(own)) add(name, value, step.node.locate(['request', 'headers', name]));
  frame(merged, body !== undefined, step);
  return [...merged];
}

function warnOfRepeated(names: readonly string[], step: StepCompiler): void {
  const seen = new Set<string>();
  for (const name of names) {
    const at = step.node.locate(['request', 'headers', name]);
    if (seen.has(name.toLowerCase()))
      step.diagnostics.warn(at, `the header '${name}' stands here twice: this one counts`);
    seen.add(name.toLowerCase());
  }
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
