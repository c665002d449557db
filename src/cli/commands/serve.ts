import { resolve } from 'node:path';
import { Option } from 'commander';
import { ExitCode, UserError } from '../../core/errors.js';
import type { Log, LogLevel } from '../../core/log.js';
import { logLevels } from '../../core/log.js';
import { nearest } from '../../core/nearest.js';
import { printableLines } from '../../core/printable.js';
import { durationText, plural } from '../../core/units.js';
import type { ServerProcess } from '../../servers/server-process.js';
import type { CliCommand } from '../command.js';
import { onIntendedSignal, signalExitCodes } from '../interrupt.js';
import type { Io } from '../io.js';
import { parseGraceMs } from '../option-values.js';

interface ServeOptions {
  readonly mode?: string;
  readonly port: number;
  readonly host: string;
  readonly workers?: string;
  readonly set?: readonly string[];
  readonly app?: string;
  readonly protocol: string;
  readonly grace: number;
  readonly logLevel: LogLevel;
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UserError(`--port expects a number from 0 to 65535, found '${text}'`);
}

function logLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text);
  if (level !== undefined) return level;
  const guess = nearest(text, logLevels);
  throw new UserError(
    `--log-level expects ${logLevels.join(', ')}, found '${text}'${guess === undefined ? '' : `, did you mean '${guess}'?`}`,
  );
}

/** Most servers have drained by then, and there is nothing to say. */
const tellAfterMs = 500;

async function serve(options: ServeOptions, io: Io): Promise<number> {
  const { mode } = options;
  if (mode === undefined) {
    const { architectures } = await import('../../servers/catalogue.js');
    throw new UserError(`serve needs a --mode, one of: ${architectures.ids().join(', ')}`);
  }
  const { startServerProcess } = await import('../../servers/server-process.js');
  const loudest = logLevels.indexOf(options.logLevel);
  const log: Log = (level, message) => {
    if (logLevels.indexOf(level) <= loudest) io.stderr.write(`${level}: ${printableLines(message)}\n`);
  };
  const stop = new AbortController();
  let signals = 0;
  let server: ServerProcess | undefined;
  let patience: NodeJS.Timeout | undefined;
  const tellWaiting = async (): Promise<void> => {
    const open = await server?.stats().then(
      ({ connections }) => connections.open,
      // It has just ended.
      () => 0,
    );
    if (open === undefined || open === 0) return;
    io.stderr.write(
      `draining ${open} ${plural(open, 'connection')}, for up to ${durationText(options.grace)}; Ctrl-C ends them at once\n`,
    );
  };
  const offSignal = onIntendedSignal(io, (signal) => {
    signals += 1;
    if (signals > 1) {
      server?.kill();
      io.exitNow(signalExitCodes[signal]);
    }
    log('info', `${signal}: closing, for at most ${durationText(options.grace)}; again to end at once`);
    stop.abort();
    if (options.grace > tellAfterMs) patience = setTimeout(() => void tellWaiting(), tellAfterMs);
  });
  try {
    const { host, port, workers, set = [], app, protocol, grace } = options;
    server = await startServerProcess({
      mode,
      host,
      port,
      graceMs: grace,
      set: workers === undefined ? set : [`workers=${workers}`, ...set],
      protocol,
      ...(app === undefined ? {} : { app: resolve(io.cwd, app) }),
      log,
      signal: stop.signal,
    });
    log('info', `process ${server.pid}`);
    io.stdout.write(readyLine(server));
    const failure = await server.ended;
    if (failure === undefined) return ExitCode.ok;
    throw new UserError(failure.message, { exitCode: ExitCode.runFailed, cause: failure });
  } catch (error) {
    if (stop.signal.aborted && !(error instanceof UserError)) return ExitCode.ok;
    throw error;
  } finally {
    clearTimeout(patience);
    offSignal();
  }
}

/** Where it listens, and what its settings came to: those of the command line, and those worked out from them. */
function readyLine({ id, url, settings }: Pick<ServerProcess, 'id' | 'url' | 'settings'>): string {
  const shown = Object.entries(settings).map(([name, value]) => `${name}=${String(value)}`);
  return `${id} listening on ${url}${shown.length === 0 ? '' : ` (${shown.join(' ')})`}\n`;
}

const command: CliCommand = {
  id: 'serve',
  summary: 'serve the built-in workload, or an application, with one architecture',
  configure: (program, io, exit) => {
    program
      .option('-m, --mode <mode>', 'architecture, as `archbench modes` lists them (required)')
      .option('-p, --port <port>', 'port to listen on; 0 takes a free one', portNumber, 8080)
      .option('--host <address>', 'address to listen on', '127.0.0.1')
      .option('-w, --workers <n>', 'short for --set workers=N')
      .option('-s, --set <name=value...>', 'settings, as `archbench modes MODE` lists them')
      .option('--app <file>', 'serve the application that this module exports, instead of the built-in workload')
      .option('--protocol <protocol>', 'http, or frames: JSON messages answered in any order', 'http')
      .addOption(
        new Option('--grace <time>', 'how long to wait for requests in flight when stopping: 500ms, 5s, 1m')
          .argParser(parseGraceMs)
          .default(5000, '5s'),
      )
      .option('--log-level <level>', logLevels.join(', '), logLevel, 'warn')
      .action(async (options: ServeOptions) => exit(await serve(options, io)));
  },
};

export default command;
