import type { ErrorClass } from '../../core/results.js';
import { reasonPhrases } from '../../net/http/reason-phrases.js';
import type { Incoming } from '../transport.js';

interface Wrong {
  readonly class: ErrorClass;
  readonly message: string;
}

// One object per status: a failing server does not cost an allocation per request.
const byStatus = new Map<number, Wrong>();

/** Why a result counts as failed; `undefined` for a status of 200..299, which is all that counts as successful. */
export function outcomeOf(incoming: Incoming): Wrong | undefined {
  if (incoming.kind === 'failure') return incoming;
  const { status } = incoming;
  if (status >= 200 && status < 300) return undefined;
  let wrong = byStatus.get(status);
  if (wrong === undefined) {
    wrong = { class: statusClass(status), message: `${status} ${reasonPhrases[status] ?? ''}`.trim() };
    byStatus.set(status, wrong);
  }
  return wrong;
}

function statusClass(status: number): ErrorClass {
  if (status >= 300 && status < 400) return 'status-3xx';
  if (status >= 400 && status < 500) return 'status-4xx';
  // A status beyond those of HTTP counts as one of these (RFC 9110, section 15).
  if (status >= 500) return 'status-5xx';
  return 'protocol';
}
