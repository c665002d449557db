import { portProblem, urlProblem } from '../../net/http/url-problem.js';
import type { PlanNode } from '../plan/node.js';
import type { StepCompiler } from '../plan/step-compiler.js';
import type { Template } from '../template.js';

/** The beginning of what can become a URL: a scheme, or a part of one. */
const beginsWithScheme = /^[a-z][\w+.-]*(?::|$)/i;

/** Says, when the plan is compiled, what is wrong with a URL whatever the `{{ }}` in it will stand for. */
export function checkUrl(url: Template, at: PlanNode, step: StepCompiler): void {
  const { source, literal, head } = url;
  if (head.startsWith('/')) return checkBase(url, at, step);
  if (literal === undefined ? head === '' || beginsWithScheme.test(head) : URL.canParse(literal)) return;
  const hint = /^[\w-]+\//.test(head) ? `did you mean '/${source}'?` : 'http://host:port/path, or /path to go to base';
  const problem = portProblem(source);
  if (problem !== undefined) step.diagnostics.error(at, `'${source}' ${problem}`);
  else step.diagnostics.error(at, `'${source}' is not a URL, nor a path that begins with /`, hint);
}

function checkBase({ source, literal }: Template, at: PlanNode, { plan, diagnostics }: StepCompiler): void {
  const { base, baseFollows, serverProtocol = 'http' } = plan.options;
  if (plan.reassigned.has('base')) return;
  if (serverProtocol !== 'http')
    diagnostics.error(at, `a request is HTTP, and the server speaks ${serverProtocol}`, `call: { target: ${source} }`);
  if (baseFollows) return;
  const hint = 'base: http://host:port at the top of the plan, or --base';
  if (base !== '') {
    const problem = urlProblem(base + (literal ?? '/'));
    if (problem !== undefined) diagnostics.error(at, `'${base}${source}' ${problem}`, hint);
  } else if (!plan.lacksBase) {
    // Said once: it is one mistake, however many URLs begin with /.
    plan.lacksBase = true;
    diagnostics.error(at, `'${source}' needs a 'base' that it is appended to`, hint);
  }
}
