import { parseThreshold, type Threshold } from '../../core/thresholds.js';
import type { PlanCompiler } from './compiler.js';
import type { PlanNode } from './node.js';
import { didYouMean } from './validate.js';

/**
 * The conditions on the result; each that is wrong is said at its place, and so is one on a step that is never measured:
 * it could not be met. One on a step that the tags leave out of this run is not judged.
 */
export function readThresholds(plan: PlanNode, compiled: PlanCompiler): readonly Threshold[] {
  const { diagnostics } = compiled.options;
  // Of a plan with mistakes it is not known what it would measure.
  const knowsSteps = !diagnostics.hasErrors;
  const items = plan.get('thresholds')?.items() ?? [];
  return items.flatMap((item) => {
    if (typeof item.value !== 'string') return [];
    const threshold = parseThreshold(item.value);
    if ('wrong' in threshold) {
      diagnostics.error(item, threshold.wrong);
      return [];
    }
    const { step } = threshold;
    if (step === undefined || compiled.measured.has(step)) return [threshold];
    if (compiled.leftOut.has(step)) diagnostics.warn(item, `the tags leave out the step '${step}': this is not judged`);
    else if (knowsSteps)
      diagnostics.error(item, `the plan has no request '${step}'`, didYouMean(step, [...compiled.measured]));
    return [];
  });
}
