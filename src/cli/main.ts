#!/usr/bin/env node
import process from 'node:process';
import { systemClock } from '../core/clock.js';
import { ExitCode } from '../core/errors.js';
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

function output(stream: NodeJS.WriteStream): Output {
  // A reader that goes away (`archbench … | head`) ends the output, not the program with a stack.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY ?? false,
    colour: wantsColour(stream),
    get columns() {
      return stream.columns ?? 80;
    },
  };
}

const io: Io = {
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  nodeVersion: process.version,
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  clock: systemClock,
  onSignal: (handler) => {
    const signals: readonly Signal[] = ['SIGINT', 'SIGTERM'];
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
  process.exitCode = await run(io);
} catch (error) {
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${stack}\nThis is a bug in archbench: please report it with the lines above.\n`);
  process.exitCode = ExitCode.bug;
}
