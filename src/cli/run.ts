import { Command, CommanderError } from 'commander';
import { ExitCode, UserError } from '../core/errors.js';
import { printableLines } from '../core/printable.js';
import { VariantFolder } from '../core/variants.js';
import { wrapped } from '../core/wrapped.js';
import type { CliCommand } from './command.js';
import { packageVersion } from './environment.js';
import type { Io } from './io.js';

const commands = new VariantFolder<CliCommand>(new URL('./commands/', import.meta.url), 'command');

/** Runs the command that `io.argv` names and resolves to the exit code. Throws only for bugs of ours. */
export async function run(io: Io): Promise<number> {
  let exitCode: number = ExitCode.ok;
  const exit = (code: number): void => {
    exitCode = code;
  };
  const program = new Command('archbench')
    .description('Serve real server architectures, drill any HTTP server with a plan, compare them honestly.')
    .version(packageVersion())
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError('(see --help)')
    .configureHelp({ minWidthToWrap: 20 })
    .configureOutput({
      writeOut: io.stdout.write,
      writeErr: (text) => io.stderr.write(printableLines(text)),
      getOutHasColors: () => io.stdout.colour,
      getErrHasColors: () => io.stderr.colour,
      getOutHelpWidth: () => io.stdout.columns,
      getErrHelpWidth: () => io.stderr.columns,
    });
  for (const command of await needed(io.argv[0])) {
    const sub = program.command(command.id).description(command.summary).copyInheritedSettings(program);
    command.configure(sub, io, exit);
    requireLast(sub);
  }
  try {
    refuseHelpOfUnknown(io.argv);
    await program.parseAsync([...io.argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    if (!(error instanceof UserError)) throw error;
    io.stderr.write(`${readable(`error: ${error.message}`, io)}\n`);
    if (error.hint !== undefined) io.stderr.write(`${readable(error.hint, io)}\n`);
    return error.exitCode;
  }
}

/**
 * No control characters: whose text it has is not known here. A terminal would break lines within words; whoever else
 * reads them wants them whole. Lines that are drawn, as those of a plan with a mark below, stay as they are.
 */
function readable(raw: string, { stderr: { isTerminal, columns } }: Io): string {
  const text = printableLines(raw);
  if (!isTerminal) return text;
  const lines = text
    .split('\n')
    .flatMap((line) => (line.length <= columns || line.includes('  ') ? [line] : wrapped(line, columns)));
  return lines.join('\n');
}

/**
 * Asks for required options when everything else is right. Commander asks for them first, and who has misspelt one reads
 * that it is missing, without the word that was meant.
 */
function requireLast(command: Command): void {
  const required = command.options.filter(({ mandatory }) => mandatory);
  for (const option of required) option.makeOptionMandatory(false);
  command.hook('preAction', () => {
    const missing = required.find((option) => command.getOptionValue(option.attributeName()) === undefined);
    if (missing !== undefined) command.error(`error: required option '${missing.flags}' not specified`);
  });
}

/** Commander prints the help of everything for it, as if it had been asked that. */
function refuseHelpOfUnknown([first, command]: readonly string[]): void {
  if (first === 'help' && command !== undefined && command !== 'help' && !commands.has(command))
    throw commands.unknown(command);
}

/** The command that is named, alone: it need not wait until the others are loaded. Else all, for the help and for the nearest name. */
async function needed(name: string | undefined): Promise<readonly CliCommand[]> {
  return name !== undefined && commands.has(name) ? [await commands.load(name)] : commands.all();
}
