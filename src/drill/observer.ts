import type { Incoming, Outgoing } from './transport.js';

/** Is told what each step does, as it happens: for drill's line per step and for `--verbose`. */
export interface StepObserver {
  /** A request is about to go out, or the next hop of a redirect. */
  readonly sending?: (request: Outgoing) => void;
  /** @param url as interpolated, not percent-encoded */
  readonly request: (name: string, url: string, response: Incoming, elapsedMs: number) => void;
  readonly delay: (name: string, seconds: number) => void;
  readonly assign: (name: string, key: string, value: string) => void;
  /** Told before the assert is looked at. */
  readonly assert: (name: string, key: string, value: string) => void;
  readonly exec: (name: string, command: string) => void;
}
