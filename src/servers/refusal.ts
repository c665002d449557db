import { type ExitCode, UserError } from '../core/errors.js';

/** A `UserError` as it crosses a thread or a process, which make plain errors of all classes. */
export interface Refusal {
  readonly kind: 'refused';
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
}

export function refusalOf({ message, hint, exitCode }: UserError): Refusal {
  return { kind: 'refused', message, hint, exitCode };
}

export function errorOf({ message, hint, exitCode }: Refusal): UserError {
  return new UserError(message, { exitCode, ...(hint === undefined ? {} : { hint }) });
}
