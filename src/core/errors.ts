/**
 * What an exit code of archbench means. Documented in docs/exit-codes.md; scripts rely on them.
 */
export const ExitCode = {
  ok: 0,
  /** The run failed: an assert stopped it, a compare threshold was exceeded, nothing to run, the server could not start. */
  runFailed: 1,
  /** The command line or the plan is wrong; nothing was sent. */
  usage: 2,
  /** A bug of archbench: a stack trace was printed. (sysexits.h: EX_SOFTWARE) */
  bug: 70,
  /** `regress --strict`: the noise was too large to tell. */
  inconclusive: 97,
  /** `regress`: something became slower. */
  regressed: 98,
  /** A threshold of the plan was not met. */
  thresholdFailed: 99,
  /** The terminal was closed. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

interface UserErrorOptions {
  /** The nearest right thing, or what to do next; printed on a line of its own. */
  readonly hint?: string;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/**
 * A mistake of the user or of the world (a port in use, a misspelt mode). Printed as one clear
 * sentence, without a stack. Anything that is not a `UserError` is a bug of ours and keeps its stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? ExitCode.usage;
  }
}
