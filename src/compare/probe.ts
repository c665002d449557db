import { ExitCode, UserError } from '../core/errors.js';
import type { Candidate, RunningCandidate } from './candidate.js';

/** What a server answered to one request of the plan. */
export interface Answer {
  readonly step: string;
  /** Relative to the server where it is the server's own. */
  readonly url: string;
  readonly outcome:
    | { readonly kind: 'response'; readonly status: number; readonly bytes: number; readonly bodyHash: string }
    | { readonly kind: 'failure'; readonly message: string };
}

/** Sends each request of one iteration of the plan once and tells what came back. */
export type Ask = (base: string, signal: AbortSignal) => Promise<readonly Answer[]>;

/** How far answers must agree; each level includes those before it. */
export const probeLevels = ['none', 'status', 'length', 'body'] as const;
export type ProbeLevel = (typeof probeLevels)[number];

/**
 * Makes sure that all candidates do the same work before anything is measured: a server that answers 404 is fast.
 * @throws {UserError} naming the first request that is answered differently, or not at all
 */
export async function probe(
  candidates: readonly Candidate[],
  ask: Ask,
  level: ProbeLevel,
  signal: AbortSignal,
  onProgress: (id: string) => void = () => undefined,
): Promise<void> {
  if (level === 'none') return;
  let reference: { readonly id: string; readonly answers: readonly Answer[] } | undefined;
  for (const candidate of candidates) {
    if (signal.aborted) return;
    onProgress(candidate.id);
    const answers = await askUnlessAborted(candidate, ask, signal);
    if (answers === undefined) return;
    refuseUnanswered(candidate.id, answers);
    if (reference !== undefined) refuseDifferences(reference, { id: candidate.id, answers }, level);
    reference ??= { id: candidate.id, answers };
  }
}

/** What fails because the user said stop is no failure. */
async function askUnlessAborted(
  candidate: Candidate,
  ask: Ask,
  signal: AbortSignal,
): Promise<readonly Answer[] | undefined> {
  try {
    const server = await candidate.start(signal);
    const answers = await askServer(candidate.id, server, ask, signal);
    return signal.aborted ? undefined : answers;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function askServer(
  id: string,
  { base, close }: RunningCandidate,
  ask: Ask,
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  try {
    return await ask(base, signal);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`'${id}' does not come through the plan: ${error.message}`, { exitCode: error.exitCode });
  } finally {
    await close();
  }
}

function refuseUnanswered(id: string, answers: readonly Answer[]): void {
  const [first] = answers;
  if (first === undefined) throw new UserError('the plan sends no request: there is nothing to compare');
  for (const { step, url, outcome } of answers) {
    if (outcome.kind === 'failure')
      throw new UserError(`'${id}' does not answer step '${step}' (${url}): ${outcome.message}`, {
        exitCode: ExitCode.runFailed,
        hint: 'to measure all the same use --probe none',
      });
  }
  if (answers.every(({ url }) => !url.startsWith('/')))
    throw new UserError(`the plan never asks '${id}': all its URLs are absolute, such as ${first.url}`, {
      hint: "begin URLs with / so that they are appended to each candidate's address",
    });
  if (first.outcome.kind === 'response' && answers.every(({ outcome }) => !isSuccess(outcome)))
    throw new UserError(
      `'${id}' answers no step as it should: '${first.step}' (${first.url}) with status ${first.outcome.status}`,
      { exitCode: ExitCode.runFailed, hint: 'to measure all the same use --probe none' },
    );
}

function isSuccess(outcome: Answer['outcome']): boolean {
  return outcome.kind === 'response' && outcome.status >= 200 && outcome.status < 300;
}

interface Answered {
  readonly id: string;
  readonly answers: readonly Answer[];
}

function refuseDifferences(a: Answered, b: Answered, level: ProbeLevel): void {
  for (const [place, ours] of a.answers.entries()) {
    const theirs = b.answers[place];
    const difference = theirs === undefined ? 'asked fewer requests' : differenceOf(ours, theirs, level);
    if (difference === undefined) continue;
    throw new UserError(
      `'${a.id}' and '${b.id}' do not do the same work: step '${ours.step}' (${ours.url}): ${difference}`,
      {
        exitCode: ExitCode.runFailed,
        hint: 'fix the servers; or, where answers may differ, use --probe status or --probe none',
      },
    );
  }
}

function differenceOf(a: Answer, b: Answer, level: ProbeLevel): string | undefined {
  if (a.outcome.kind !== 'response' || b.outcome.kind !== 'response') return undefined;
  if (a.outcome.status !== b.outcome.status) return `status ${a.outcome.status} and ${b.outcome.status}`;
  if (level === 'status') return undefined;
  if (a.outcome.bytes !== b.outcome.bytes) return `${a.outcome.bytes} and ${b.outcome.bytes} bytes`;
  if (level === 'length') return undefined;
  return a.outcome.bodyHash === b.outcome.bodyHash ? undefined : 'equally long, but different bodies';
}
