import { wrapped } from '../../core/wrapped.js';
import type { Architecture } from '../../servers/architecture.js';
import type { CliCommand } from '../command.js';
import type { Io } from '../io.js';

/** What is known of one mode without starting it; `modes --json` prints a list of these. */
interface ModeDescription {
  readonly id: string;
  readonly family: string;
  readonly summary: string;
  readonly aliases: readonly string[];
  /** Why this machine cannot run it; null when it can. */
  readonly unsupported: string | null;
  readonly settings: Readonly<
    Record<string, { readonly default: unknown; readonly expected: string; readonly description: string }>
  >;
}

async function describeModes(name: string | undefined): Promise<ModeDescription[]> {
  const { architectures, resolveMode } = await import('../../servers/catalogue.js');
  const { commonSettings } = await import('../../servers/settings.js');
  const asked: Architecture[] = name === undefined ? await architectures.all() : [await resolveMode(name)];
  return asked.map((architecture) => ({
    id: architecture.id,
    family: architecture.family,
    summary: architecture.summary,
    aliases: architecture.aliases ?? [],
    unsupported: architecture.unsupported?.() ?? null,
    settings: Object.fromEntries(
      Object.entries({ ...architecture.settings, ...commonSettings }).map(([setting, it]) => [
        setting,
        { default: it.defaultText ?? it.default, expected: it.expected, description: it.description },
      ]),
    ),
  }));
}

function summaryOf({ summary, unsupported }: ModeDescription): string {
  return unsupported === null ? summary : `${summary}; not here: ${unsupported}`;
}

/** A line each, its first column as wide as the longest; for programs a row is one line, whatever its length. */
function writeRows(rows: readonly (readonly [name: string, text: string])[], { stdout }: Io): void {
  const indent = Math.max(...rows.map(([name]) => name.length)) + 2;
  for (const [name, text] of rows) {
    const pieces = stdout.isTerminal ? wrapped(text, stdout.columns - indent) : [text];
    stdout.write(`${name.padEnd(indent)}${pieces.join(`\n${' '.repeat(indent)}`)}\n`);
  }
}

function writeMode(mode: ModeDescription, io: Io): void {
  const { id, family, aliases, settings } = mode;
  const others = aliases.filter((alias) => alias !== family);
  const called = others.length === 0 ? '' : `, also called ${others.join(', ')}`;
  writeRows([[id, `${summaryOf(mode)} (${family}${called})`]], io);
  io.stdout.write('\nSettings, with their defaults (--set NAME=VALUE):\n');
  writeRows(
    Object.entries(settings).map(([name, setting]) => [
      `  ${name}=${String(setting.default)}`,
      `${setting.description} (${setting.expected})`,
    ]),
    io,
  );
}

async function listModes(name: string | undefined, options: { readonly json?: true }, io: Io): Promise<void> {
  const modes = await describeModes(name);
  const [first] = modes;
  if (options.json === true) io.stdout.write(`${JSON.stringify(modes, null, 2)}\n`);
  else if (name !== undefined && first !== undefined) writeMode(first, io);
  else
    writeRows(
      modes.map((mode) => [mode.id, summaryOf(mode)]),
      io,
    );
}

const command: CliCommand = {
  id: 'modes',
  summary: 'list the server architectures, or the settings of one',
  configure: (program, io) => {
    program
      .argument('[mode]', 'one of them, with its settings')
      .option('--json', 'as JSON, with aliases and settings')
      .action(async (mode: string | undefined, options: { readonly json?: true }) => listModes(mode, options, io));
  },
};

export default command;
