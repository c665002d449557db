import * as v from 'valibot';
import { ClientError, type Json, type Reply } from '../../client/client.js';
import { defineAction } from '../action.js';
import { CallPool } from '../frames/call-pool.js';
import type { Iteration } from '../iteration.js';
import { duration, integerFrom, string, text } from '../plan/schema.js';
import { outcomeOf } from '../request/outcome.js';
import { ResponseValue } from '../request/response-value.js';
import type { Run, Step } from '../run.js';
import type { Template } from '../template.js';
import type { Failure, Incoming } from '../transport.js';

const callSchema = v.object({
  target: text,
  method: v.optional(string),
  body: v.optional(string),
  connections: v.optional(integerFrom(1)),
  timeout: v.optional(duration),
});

/** A call as the plan says it, its texts parsed. */
interface CallPlan {
  readonly target: Template;
  readonly method: string | undefined;
  readonly body: Template | undefined;
  readonly connections: number | undefined;
  readonly timeoutMs: number | undefined;
}

/**
 * Calls a server that speaks frames (`archbench serve --protocol frames`) at the plan's `base` and records one result.
 * With `connections: N` all calls share N connections, many at once on each; without, a call has one to itself. A body
 * that is JSON goes out as JSON, any other as a text. With `assign`, the reply becomes a variable:
 * `{{ name.status }}`, `{{ name.body.users[0].id }}`.
 */
export default defineAction({
  id: 'call',
  rank: 55,
  entries: { call: callSchema, assign: v.optional(text) },
  repeats: true,
  compile: ({ name, call, assign }, step) => {
    const at = (key: string) => step.node.locate(['call', key]);
    const { base, baseFollows } = step.plan.options;
    if (!baseFollows && !(base !== '' && URL.canParse(frameServerUrl(base))))
      step.diagnostics.error(at('target'), `a call needs a 'base' such as tcp://127.0.0.1:8080, found '${base}'`);
    const plan: CallPlan = {
      target: step.template(call.target, at('target')),
      method: call.method?.toUpperCase(),
      body: call.body === undefined ? undefined : step.template(call.body, at('body')),
      connections: call.connections,
      timeoutMs: call.timeout,
    };
    if (assign !== undefined) step.sets(assign);
    step.plan.requests += 1;
    step.plan.measured.add(name);
    const title = step.template(name, step.node);
    return (run) => callStep(run, name, title, plan, assign);
  },
});

function frameServerUrl(base: string): string {
  return base.includes('://') ? base : `tcp://${base}`;
}

function callStep(run: Run, name: string, title: Template, plan: CallPlan, assign: string | undefined): Step {
  const { clock, recorder, observer } = run;
  const group = recorder.group(name);
  const target = plan.target.bind(run);
  const body = plan.body?.bind(run);
  const boundTitle = title.bind(run);
  const { hostname, port } = new URL(frameServerUrl(run.base));
  const pool = CallPool.of(run, {
    host: hostname.replaceAll(/^\[|\]$/g, ''),
    port: Number(port === '' ? 80 : port),
    timeoutMs: plan.timeoutMs ?? run.timeoutMs,
    shared: plan.connections,
  });

  const finish = (iteration: Iteration, path: string, incoming: Incoming, sentAt: number): void => {
    const dueAt = iteration.dueAt ?? sentAt;
    iteration.dueAt = undefined;
    const { doneAt, bodyBytes } = incoming;
    const wrong = outcomeOf(incoming);
    if (wrong !== undefined) recorder.failure(group, wrong.class, wrong.message, dueAt, sentAt, doneAt, bodyBytes);
    else recorder.success(group, dueAt, sentAt, doneAt, doneAt, bodyBytes);
    observer?.request({
      iteration: iteration.number,
      step: name,
      name: boundTitle.render(iteration),
      url: path,
      incoming,
      elapsedMs: doneAt - sentAt,
    });
    if (assign !== undefined && incoming.kind === 'response') iteration.set(assign, new ResponseValue(incoming));
  };

  return async (iteration) => {
    const path = target.render(iteration);
    const given = body === undefined ? undefined : toJson(body.render(iteration));
    const client = pool.take();
    const sentAt = clock.now();
    let incoming: Incoming;
    try {
      const reply = await client.call(path, {
        ...(plan.method === undefined ? {} : { method: plan.method }),
        ...(given === undefined ? {} : { body: given }),
      });
      incoming = toIncoming(reply, clock.now());
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      incoming = toFailure(error, clock.now());
    }
    pool.giveBack(client);
    finish(iteration, path, incoming, sentAt);
  };
}

function toJson(given: string): Json {
  try {
    return JSON.parse(given) as Json;
  } catch {
    return given;
  }
}

function toIncoming({ status, body }: Reply, doneAt: number): Incoming {
  const bytes =
    body instanceof Uint8Array
      ? body
      : Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  return {
    kind: 'response',
    status,
    headersAt: doneAt,
    doneAt,
    bodyBytes: bytes.length,
    headers: undefined,
    body: bytes,
  };
}

const classes: Readonly<Record<ClientError['code'], Failure['class']>> = {
  refused: 'connect',
  lost: 'reset',
  timeout: 'timeout',
  protocol: 'protocol',
  closed: 'aborted',
};

const messages: Readonly<Record<ClientError['code'], string>> = {
  refused: 'connection refused',
  lost: 'connection lost',
  timeout: 'timeout',
  protocol: 'not a server that speaks frames',
  closed: 'aborted',
};

function toFailure({ code }: ClientError, doneAt: number): Failure {
  return { kind: 'failure', class: classes[code], message: messages[code], doneAt, bodyBytes: 0 };
}
