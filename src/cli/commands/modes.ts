import { wrapped } from '../../core/wrapped.js';
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

async function describeModes(): Promise<ModeDescription[]> {
  const { architectures } = await import('../../servers/catalogue.js');
  const { commonSettings } = await import('../../servers/settings.js');
  const all = await architectures.all();
  return all.map((architecture) => ({
    id: architecture.id,
    family: architecture.family,
    summary: architecture.summary,
    aliases: architecture.aliases ?? [],
    unsupported: architecture.unsupported?.() ?? null,
    settings: Object.fromEntries(
      Object.entries({ ...architecture.settings, ...commonSettings }).map(([name, setting]) => [
        name,
        {
          default: setting.defaultText ?? setting.default,
          expected: setting.expected,
          description: setting.description,
        },
      ]),
    ),
  }));
}

async function listModes(options: { readonly json?: true }, io: Io): Promise<void> {
  const modes = await describeModes();
  if (options.json === true) {
    io.stdout.write(`${JSON.stringify(modes, null, 2)}\n`);
    return;
  }
  const indent = Math.max(...modes.map((mode) => mode.id.length)) + 2;
  for (const { id, summary, unsupported } of modes) {
    const text = unsupported === null ? summary : `${summary}; not here: ${unsupported}`;
    // For programs, a line each.
    const pieces = io.stdout.isTerminal ? wrapped(text, io.stdout.columns - indent) : [text];
    io.stdout.write(`${id.padEnd(indent)}${pieces.join(`\n${' '.repeat(indent)}`)}\n`);
  }
}

const command: CliCommand = {
  id: 'modes',
  summary: 'list the server architectures',
  configure: (program, io) => {
    program
      .option('--json', 'as JSON, with aliases and settings')
      .action(async (options: { readonly json?: true }) => listModes(options, io));
  },
};

export default command;
