import { frameAddressOf } from '../../net/frames/frame-address.js';
import { targetPattern } from '../../net/frames/messages.js';
import type { PlanNode } from '../plan/node.js';
import type { StepCompiler } from '../plan/step-compiler.js';
import type { Template } from '../template.js';

/** The target of a call; says what is wrong with it whatever the `{{ }}` in it will stand for, and with who is called. */
export function compileTarget(given: string, at: PlanNode, step: StepCompiler): Template {
  checkServer(at, step);
  const target = step.template(given, at);
  const { literal, head } = target;
  const isPath = literal === undefined ? head === '' || targetPattern.test(head) : targetPattern.test(literal);
  if (!isPath)
    step.diagnostics.error(
      at,
      `'${given}' is not a path that begins with /, of visible ASCII`,
      /^\w/.test(given) ? `did you mean '/${given}'?` : '/path?query',
    );
  return target;
}

function checkServer(at: PlanNode, { plan, diagnostics }: StepCompiler): void {
  const { base, baseNode = at, baseFollows, serverProtocol = 'frames' } = plan.options;
  if (serverProtocol !== 'frames')
    diagnostics.error(
      at,
      `a call is in frames, and the server speaks ${serverProtocol}`,
      'leave --protocol out: a plan of calls is served in frames',
    );
  else if (!baseFollows && !plan.lacksBase && frameAddressOf(base) === undefined) {
    // Said once, however many calls there are.
    plan.lacksBase = true;
    diagnostics.error(baseNode, `a call needs a 'base' such as tcp://127.0.0.1:8080, found '${base}'`);
  }
}
