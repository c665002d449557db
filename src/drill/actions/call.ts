import * as v from 'valibot';
import { ClientError, type Reply, type RequestOptions } from '../../client/client.js';
import { frameAddressOf } from '../../net/frames/frame-address.js';
import { tokenPattern } from '../../net/http/characters.js';
import { defineAction } from '../action.js';
import { type CallBody, compileBody } from '../frames/body.js';
import { CallPool } from '../frames/call-pool.js';
import { reasonOf } from '../frames/failures.js';
import { compileTarget } from '../frames/target.js';
import { anything, duration, integerFrom, string, text } from '../plan/schema.js';
import { concluder } from '../request/conclusion.js';
import { compileInspection, inspectionEntries, type Inspection } from '../request/inspection.js';
import type { Run, Step } from '../run.js';
import type { Template } from '../template.js';
import type { Incoming } from '../transport.js';

const callSchema = v.object({
  target: text,
  method: v.optional(
    v.pipe(
      string,
      v.check((method) => tokenPattern.test(method), 'a word such as GET'),
      v.metadata({ pattern: tokenPattern.source }),
    ),
  ),
  body: v.optional(v.pipe(anything, v.description('Any value, sent as JSON; a text that is no JSON as a text.'))),
  connections: v.optional(integerFrom(1)),
  timeout: v.optional(duration),
});

/** A call as the plan says it, its texts parsed. */
interface CallPlan {
  readonly target: Template;
  readonly method: string | undefined;
  readonly body: CallBody | undefined;
  readonly connections: number | undefined;
  readonly timeoutMs: number | undefined;
}

/**
 * Calls a server that speaks frames (`archbench serve --protocol frames`) at the plan's `base` and records one result.
 * With `connections: N` all calls share N connections, many at once on each; without, a call has one to itself. The
 * body is any value, sent as JSON; a text that is no JSON as a text. With `assign`, the reply becomes a variable:
 * `{{ name.status }}`, `{{ name.body.users[0].id }}`.
 */
export default defineAction({
  id: 'call',
  rank: 55,
  entries: { call: callSchema, assign: v.optional(text), ...inspectionEntries },
  repeats: true,
  examine: (step) => {
    compileInspection(step, false);
    const target = step.node.get('call')?.get('target');
    if (typeof target?.value === 'string') compileTarget(target.value, target, step);
  },
  compile: ({ name, call, assign }, step) => {
    const at = (key: string) => step.node.locate(['call', key]);
    const inspection = compileInspection(step, false);
    const plan: CallPlan = {
      target: compileTarget(call.target, at('target'), step),
      method: call.method?.toUpperCase(),
      body: step.node.get('call')?.get('body') && compileBody(at('body'), step),
      connections: call.connections,
      timeoutMs: call.timeout,
    };
    if (assign !== undefined) step.sets(assign);
    step.plan.requests += 1;
    step.plan.protocols.add('frames');
    if (call.connections === undefined) step.plan.hasOwnConnections = true;
    else step.plan.sharedConnections = Math.max(step.plan.sharedConnections, call.connections);
    step.plan.measured.add(name);
    const title = step.template(name, step.node);
    return (run) => callStep(run, name, title, plan, assign, inspection);
  },
});

function callStep(
  run: Run,
  name: string,
  title: Template,
  plan: CallPlan,
  assign: string | undefined,
  inspection: Inspection,
): Step {
  const { clock } = run;
  const target = plan.target.bind(run);
  const body = plan.body?.(run);
  const boundTitle = title.bind(run);
  const conclude = concluder(run, name, assign, inspection);
  const server = frameAddressOf(run.base);
  if (server === undefined) throw new Error(`the plan was compiled with the base ${run.base}`);
  const pool = CallPool.of(run, {
    ...server,
    timeoutMs: plan.timeoutMs ?? run.timeoutMs,
    shared: plan.connections,
  });

  return async (iteration) => {
    const shown = boundTitle.render(iteration);
    const url = target.render(iteration);
    const given = body?.(iteration);
    const request: RequestOptions = {
      ...(plan.method === undefined ? {} : { method: plan.method }),
      ...(given === undefined ? {} : { body: given }),
    };
    run.observer?.calling?.(url, request);
    const client = pool.take();
    const sentAt = clock.now();
    let incoming: Incoming;
    try {
      const reply = await client.call(url, request);
      incoming = toIncoming(reply, clock.now());
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      incoming = { kind: 'failure', ...reasonOf(error), doneAt: clock.now(), bodyBytes: 0 };
    }
    pool.giveBack(client);
    conclude(iteration, { incoming, sentAt, shown, url });
  };
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
    isText: typeof body === 'string',
  };
}
