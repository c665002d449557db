import type { RequestOptions } from '../client/client.js';
import type { Incoming, Outgoing } from './transport.js';

/** One request of the plan has its result. */
export interface RequestDone {
  readonly iteration: number;
  /** The step's name as it stands in the plan: what statistics are grouped by. */
  readonly step: string;
  /** The same, interpolated. */
  readonly name: string;
  /** As interpolated, not percent-encoded. */
  readonly url: string;
  readonly incoming: Incoming;
  /** From sending to the last byte of the response, redirects included. */
  readonly elapsedMs: number;
}

/** Is told what each step does, as it happens: for drill's line per step and for `--verbose`. */
export interface StepObserver {
  /** A request is about to go out, or the next hop of a redirect. */
  readonly sending?: (request: Outgoing) => void;
  /** A call is about to go out. */
  readonly calling?: (url: string, call: RequestOptions) => void;
  readonly request: (done: RequestDone) => void;
  readonly delay: (name: string, seconds: number) => void;
  readonly assign: (name: string, key: string, value: string) => void;
  /** Told before the assert is looked at. */
  readonly assert: (name: string, key: string, value: string) => void;
  readonly exec: (name: string, command: string) => void;
}
