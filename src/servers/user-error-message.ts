import { type ExitCode, UserError } from '../core/errors.js';

/** A `UserError` as it crosses a thread or a process, which make plain errors of all classes. */
export interface UserErrorMessage {
  readonly kind: 'userError';
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
}

export function userErrorMessage({ message, hint, exitCode }: UserError): UserErrorMessage {
  return { kind: 'userError', message, hint, exitCode };
}

export function userErrorOf({ message, hint, exitCode }: UserErrorMessage): UserError {
  return new UserError(message, { exitCode, ...(hint === undefined ? {} : { hint }) });
}
