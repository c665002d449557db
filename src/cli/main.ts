#!/usr/bin/env node
import process from 'node:process';
import { systemClock } from '../core/clock.js';
import { ExitCode } from '../core/errors.js';
import { surviveLostTerminal } from '../core/lost-terminal.js';
import { printableLines } from '../core/printable.js';
import type { Io, Output, Signal } from './io.js';
import { run } from './run.js';

// The only place that touches the process: its arguments, streams, signals and exit.

// Colours as https://no-color.org and https://force-color.org ask, drill's CLICOLOR variables too.
function wantsColour(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR, CLICOLOR_FORCE } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if ((FORCE_COLOR !== undefined && FORCE_COLOR !== '0') || (CLICOLOR_FORCE !== undefined && CLICOLOR_FORCE !== '0'))
    return true;
  return (stream.isTTY ?? false) && CLICOLOR !== '0' && FORCE_COLOR !== '0' && process.env['TERM'] !== 'dumb';
}

/** A full disk: the result is not where the user wanted it, and the exit code must say so. */
let outputFailed = false;

/** A pipe that nobody reads, or a terminal that was closed. */
function hasNoReader({ isTTY }: NodeJS.WriteStream, { code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || (code === 'EIO' && isTTY);
}

function output(stream: NodeJS.WriteStream): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that goes away (`archbench … | head`) has what it wanted; nobody to read messages costs no result.
    if (hasNoReader(stream, error) || outputFailed || stream === process.stderr) return;
    outputFailed = true;
    // The news may come after the command has ended.
    if (process.exitCode === ExitCode.ok) process.exitCode = ExitCode.runFailed;
    process.stderr.write(`error: cannot write the output: ${error.message}\n`);
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY ?? false,
    colour: wantsColour(stream),
    get columns() {
      // A terminal that does not know its width says 0.
      return stream.columns || 80;
    },
  };
}

/** The folder may have been removed since. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    process.stderr.write('error: the folder that archbench was started in is not there any more\n');
    process.exit(ExitCode.runFailed);
  }
}

surviveLostTerminal(process);

const io: Io = {
  argv: process.argv.slice(2),
  env: process.env,
  cwd: currentFolder(),
  nodeVersion: process.version,
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  clock: systemClock,
  onSignal: (handler) => {
    const signals: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, handler);
    return () => {
      for (const signal of signals) process.off(signal, handler);
    };
  },
  kill: (pid, signal) => {
    try {
      return process.kill(pid, signal);
    } catch {
      return false; // ended already
    }
  },
  exitNow: (code) => process.exit(code),
};

try {
  const exitCode = await run(io);
  process.exitCode = outputFailed && exitCode === ExitCode.ok ? ExitCode.runFailed : exitCode;
} catch (error) {
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(
    printableLines(`${stack}\nThis is a bug in archbench: please report it with the lines above.\n`),
  );
  process.exitCode = ExitCode.bug;
}

/** Resolves when what was written has left, or nobody reads it any more. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
// Left to end by itself, Node sometimes waits for ever for its compiler's threads (nodejs/node#54918).
process.exit();
