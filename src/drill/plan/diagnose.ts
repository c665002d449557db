import { UserError } from '../../core/errors.js';
import { PlanError, type Diagnostic } from './diagnostics.js';
import { loadPlan, type LoadOptions } from './load.js';

/** What there is to say about a plan. */
export interface PlanDiagnosis {
  readonly file: string;
  /** Whether it can run. */
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** Validates a plan without sending anything. Never throws for what is wrong with it. */
export async function diagnosePlan(path: string, options: LoadOptions): Promise<PlanDiagnosis> {
  try {
    const { warnings } = await loadPlan(path, options);
    return { file: path, ok: true, diagnostics: warnings };
  } catch (error) {
    if (error instanceof PlanError) return { file: path, ok: false, diagnostics: error.diagnostics };
    if (!(error instanceof UserError)) throw error;
    const place = { file: path, line: 1, column: 1, sourceLine: '' };
    return {
      file: path,
      ok: false,
      diagnostics: [{ severity: 'error', ...place, message: error.message, hint: error.hint }],
    };
  }
}
