import type { Iteration } from '../iteration.js';
import type { Run } from '../run.js';
import type { Incoming } from '../transport.js';
import { inspect, type Inspection } from './inspection.js';
import { outcomeOf } from './outcome.js';
import { ResponseValue } from './response-value.js';

/** What came of one request or call. */
export interface Concluded {
  readonly incoming: Incoming;
  readonly sentAt: number;
  /** The step's name as it stands in a line about it. */
  readonly shown: string;
  readonly url: string;
}

/** Ends a request or a call of a step: what came is measured, told to whoever observes, kept and checked. */
export type Conclude = (iteration: Iteration, concluded: Concluded) => void;

/** @param assign the variable that keeps the response */
export function concluder(run: Run, step: string, assign: string | undefined, inspection: Inspection): Conclude {
  const { recorder, observer } = run;
  const group = recorder.group(step);
  const looks = assign !== undefined || inspection.checks.length > 0 || inspection.extracts.length > 0;
  return (iteration, { incoming, sentAt, shown, url }) => {
    const dueAt = iteration.dueAt ?? sentAt;
    iteration.dueAt = undefined;
    iteration.requestDueAt = dueAt;
    const { doneAt, bodyBytes } = incoming;
    const elapsedMs = doneAt - sentAt;
    const wrong = outcomeOf(incoming);
    if (wrong === undefined && incoming.kind === 'response')
      recorder.success(group, dueAt, sentAt, incoming.headersAt, doneAt, bodyBytes);
    else if (wrong !== undefined) recorder.failure(group, wrong.class, wrong.message, dueAt, sentAt, doneAt, bodyBytes);
    if (observer !== undefined)
      observer.request({ iteration: iteration.number, step, name: shown, url, incoming, elapsedMs });
    // After a transport error the variable stays as it was.
    if (incoming.kind === 'failure' || !looks) return;
    const response = new ResponseValue(incoming);
    if (assign !== undefined) iteration.set(assign, response);
    const passed = inspect(inspection, { response, elapsedMs, iteration }, (message) =>
      recorder.checkFailed(group, 'check', `${step}: ${message}`, dueAt),
    );
    recorder.checksPassed(group, passed, dueAt);
  };
}
