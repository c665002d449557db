import * as v from 'valibot';
import { defineAction } from '../action.js';
import type { Iteration } from '../iteration.js';
import { optionalText, string } from '../plan/schema.js';
import { compileRequest, examineRequest, requestSchema } from '../request/compile.js';
import { concluder } from '../request/conclusion.js';
import { followRedirects, isRedirect, storeCookies, withCookies } from '../request/exchange.js';
import { compileInspection, inspectionEntries, type Inspection } from '../request/inspection.js';
import { bindRequest, type Built, type RequestPlan } from '../request/outgoing.js';
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
    step.plan.protocols.add('http');
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
  const bound = bindRequest(plan, run);
  const { clock, transport, observer } = run;
  const boundTitle = title.bind(run);
  // Made before each request, even if nobody reads it: a variable that nothing has set ends the run.
  const titleOf = (iteration: Iteration): string => boundTitle.literal ?? boundTitle.render(iteration);
  const conclude = concluder(run, name, assign, inspection);

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
      const incoming: Incoming = { kind: 'failure', class: 'protocol', message, doneAt: sentAt, bodyBytes: 0 };
      return conclude(iteration, { incoming, sentAt, shown, url: built.url });
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
    conclude(iteration, { incoming, sentAt, shown, url: built.url });
  };

  if ('build' in bound)
    return (iteration) => exchange(iteration, titleOf(iteration), bound.build(iteration), undefined);
  const { fixed } = bound;
  const ready = 'unsendable' in fixed.outgoing ? undefined : transport.prepare(fixed.outgoing);
  return (iteration) => exchange(iteration, titleOf(iteration), fixed, ready);
}
