import * as v from 'valibot';
import { defineAction } from '../action.js';
import type { Iteration } from '../iteration.js';
import { optionalText, string } from '../plan/schema.js';
import { compileRequest, examineRequest, requestSchema } from '../request/compile.js';
import { followRedirects, isRedirect, storeCookies, withCookies } from '../request/exchange.js';
import { compileInspection, inspect, inspectionEntries, type Inspection } from '../request/inspection.js';
import { bindRequest, type Built, type RequestPlan } from '../request/outgoing.js';
import { outcomeOf } from '../request/outcome.js';
import { ResponseValue } from '../request/response-value.js';
import type { Run, Step } from '../run.js';
import type { Template } from '../template.js';
import type { Incoming, Outgoing, Prepared } from '../transport.js';

/**
 * Sends one HTTP request, follows redirects and records one result. With `assign`, the response becomes a
 * variable: `{{ name.status }}`, `{{ name.headers.etag }}`, `{{ name.body.users[0].id }}`.
 */
export default defineAction({
  id: 'request',
  rank: 50,
  entries: {
    request: v.pipe(requestSchema, v.description('One HTTP request, redirects followed.')),
    assign: optionalText(
      v.pipe(
        string,
        v.description('Keeps the response: {{ name.status }}, {{ name.headers.etag }}, {{ name.body.path }}.'),
      ),
    ),
    ...inspectionEntries,
  },
  repeats: true,
  examine: (step) => {
    compileInspection(step);
    examineRequest(step);
  },
  compile: ({ name, request, assign }, step) => {
    const inspection = compileInspection(step);
    const plan = compileRequest(request, step, assign !== undefined, inspection);
    if (plan === undefined) return undefined;
    if (assign !== undefined) step.sets(assign);
    step.plan.requests += 1;
    step.plan.measured.add(name);
    const title = step.template(name, step.node);
    return (run) => requestStep(run, name, title, plan, assign, inspection);
  },
});

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
  // Made before each request, even if nobody reads it: a variable that nothing has set ends the run.
  const titleOf = (iteration: Iteration): string => boundTitle.literal ?? boundTitle.render(iteration);
  const looks = assign !== undefined || inspection.checks.length > 0 || inspection.extracts.length > 0;

  const finish = (iteration: Iteration, shown: string, built: Built, incoming: Incoming, sentAt: number): void => {
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
        name: shown,
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
  const exchange = async (
    iteration: Iteration,
    shown: string,
    built: Built,
    ready: Prepared | undefined,
  ): Promise<void> => {
    const sentAt = clock.now();
    const { outgoing } = built;
    if ('unsendable' in outgoing) {
      // Whoever repeats this for a million items must not hold the thread.
      await new Promise((resolve) => setImmediate(resolve));
      const message = outgoing.unsendable;
      return finish(
        iteration,
        shown,
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
    finish(iteration, shown, built, incoming, sentAt);
  };

  if ('build' in bound)
    return (iteration) => exchange(iteration, titleOf(iteration), bound.build(iteration), undefined);
  const { fixed } = bound;
  const ready = 'unsendable' in fixed.outgoing ? undefined : transport.prepare(fixed.outgoing);
  return (iteration) => exchange(iteration, titleOf(iteration), fixed, ready);
}
