import { ExitCode, UserError } from '../../core/errors.js';
import { printable } from '../../core/printable.js';
import type { CliCommand } from '../command.js';
import type { Io } from '../io.js';

interface CheckOptions {
  readonly format: 'text' | 'json';
  readonly strict?: true;
  readonly base?: string;
}

const command: CliCommand = {
  id: 'check',
  summary: 'validate plans without sending anything',
  configure: (program, io, exit) => {
    program
      .argument('<plan...>', 'plan files')
      .option('--format <form>', 'text, or json for editors', readFormat, 'text')
      .option('--strict', 'make errors of warnings')
      .option('--base <url>', "instead of the plans' base")
      .action(async (paths: readonly string[], options: CheckOptions) => exit(await check(paths, options, io)));
  },
};

export default command;

function readFormat(text: string): string {
  if (text === 'text' || text === 'json') return text;
  throw new UserError(`--format expects text or json, found '${text}'`);
}

/** Everything there is to say about each plan, on standard output: it is the result. */
async function check(paths: readonly string[], { format, strict, base }: CheckOptions, io: Io): Promise<number> {
  const { diagnosePlan } = await import('../../drill/plan/diagnose.js');
  const { formatDiagnostic } = await import('../../drill/plan/diagnostics.js');
  const results = [];
  for (const path of paths)
    results.push(
      await diagnosePlan(path, {
        cwd: io.cwd,
        env: io.env,
        strict: strict ?? false,
        overrides: base === undefined ? {} : { base },
      }),
    );
  if (format === 'json') io.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
  else
    for (const { file, ok, diagnostics } of results)
      io.stdout.write(
        `${[...diagnostics.map(formatDiagnostic), `${printable(file)}: ${ok ? 'ok' : 'wrong'}`].join('\n')}\n`,
      );
  return results.every(({ ok }) => ok) ? ExitCode.ok : ExitCode.usage;
}
