import { createHash } from 'node:crypto';
import { ExitCode, UserError } from '../../core/errors.js';
import type { Answer, Ask } from '../../compare/probe.js';
import type { CompiledPlan } from '../../drill/plan/load.js';
import { runPlan, type RunOptions } from '../../drill/run-plan.js';

/** One iteration of a plan, with what each request was answered. @param plan loaded with one iteration */
export function askWith(plan: CompiledPlan, options: Omit<RunOptions, 'base' | 'signal' | 'observer'>): Ask {
  return async (base, signal) => {
    const answers: Answer[] = [];
    const { stopped } = await runPlan(plan, {
      ...options,
      base,
      signal,
      keepBodies: true,
      observer: {
        ...deaf,
        request: ({ step, url, incoming }) => {
          answers.push({
            step,
            url: url.startsWith(base) ? url.slice(base.length) : url,
            outcome:
              incoming.kind === 'failure'
                ? { kind: 'failure', message: incoming.message }
                : {
                    kind: 'response',
                    status: incoming.status,
                    bytes: incoming.bodyBytes,
                    bodyHash: createHash('sha256')
                      .update(incoming.body ?? '')
                      .digest('hex'),
                  },
          });
        },
      },
    });
    // A request that failed is why an assert after it does not hold: the answers tell.
    const failed = answers.some(({ outcome }) => outcome.kind === 'failure');
    if (stopped !== undefined && !failed && !signal.aborted)
      throw new UserError(stopped, { exitCode: ExitCode.runFailed });
    return answers;
  };
}

const ignore = (): void => undefined;
const deaf = { delay: ignore, assign: ignore, assert: ignore, exec: ignore };
