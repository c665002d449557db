import { systemClock, type Clock } from '../../src/core/clock.js';
import type { Io, Output, Signal } from '../../src/cli/io.js';
import { run } from '../../src/cli/run.js';

interface FakeIoOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly clock?: Clock;
  /** Pretend that stdout and stderr are terminals. */
  readonly terminal?: boolean;
  readonly colour?: boolean;
  readonly columns?: number;
}

/** A process for commands to run in: what they print is kept, signals come from the test. */
export class FakeIo {
  stdoutText = '';
  stderrText = '';
  readonly io: Io;
  readonly #handlers = new Set<(signal: Signal) => void>();

  constructor(argv: readonly string[], options: FakeIoOptions = {}) {
    const output = (write: (text: string) => void): Output => ({
      write,
      isTerminal: options.terminal ?? false,
      colour: options.colour ?? false,
      columns: options.columns ?? 80,
    });
    this.io = {
      argv,
      env: options.env ?? {},
      cwd: options.cwd ?? '/',
      nodeVersion: 'v20.19.0',
      clock: options.clock ?? systemClock,
      stdout: output((text) => {
        this.stdoutText += text;
      }),
      stderr: output((text) => {
        this.stderrText += text;
      }),
      onSignal: (handler) => {
        this.#handlers.add(handler);
        return () => this.#handlers.delete(handler);
      },
      kill: (pid, signal) => {
        try {
          return process.kill(pid, signal);
        } catch {
          return false;
        }
      },
      exitNow: (code) => {
        throw new Error(`left at once with ${code}`);
      },
    };
  }

  /** Delivers a signal to whoever listens. */
  signal(signal: Signal): void {
    for (const handler of this.#handlers) handler(signal);
  }

  /** How many parts of the program listen for signals: 0 again when a command has ended. */
  get listeners(): number {
    return this.#handlers.size;
  }
}

interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the whole command line in this process: `await runCli(['modes', '--json'])`. */
export async function runCli(argv: readonly string[], options: FakeIoOptions = {}): Promise<CliResult> {
  const fake = new FakeIo(argv, options);
  const exitCode = await run(fake.io);
  return { exitCode, stdout: fake.stdoutText, stderr: fake.stderrText };
}
