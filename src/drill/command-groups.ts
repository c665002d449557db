import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Run } from './run.js';

// Reads `+ 123` (runs), `- 123` (has ended), `x 123` (is to be killed). Its input ends with this program, in
// whatever way that ends, even by SIGKILL: then it kills whatever still runs.
const keeper = `
declare -A running
while read -r what group; do
  case "$what" in
    +) running[$group]=1 ;;
    -) unset "running[$group]" ;;
    x) kill -s KILL -- "-$group" ;;
  esac
done
for group in "\${!running[@]}"; do kill -s KILL -- "-$group"; done`;

/** The process groups of a run's commands, and a process beside this one that lets none of them outlive it. */
export class CommandGroups {
  static readonly #ofRun = new WeakMap<Run, CommandGroups>();
  readonly #keeper: ChildProcessByStdio<Writable, null, null>;

  /** Those of a run; the process is started with its first command. */
  static of(run: Run): CommandGroups {
    let groups = CommandGroups.#ofRun.get(run);
    if (groups === undefined) {
      groups = new CommandGroups(run.env);
      const { stdin } = groups.#keeper;
      run.onEnd(async () => void stdin.end());
      CommandGroups.#ofRun.set(run, groups);
    }
    return groups;
  }

  private constructor(env: Run['env']) {
    // In a group of its own, or Ctrl-C would end it before the commands.
    const keeping = spawn('bash', ['-c', keeper], { env, stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    // Without bash there are no commands to keep.
    keeping.on('error', () => undefined);
    keeping.stdin.on('error', () => undefined);
    keeping.unref();
    this.#keeper = keeping;
  }

  /**
   * Starts a command in bash, in a group of its own. It tells the keeper of itself before it does anything: however
   * soon this program ends, the keeper knows.
   * @throws {NodeJS.ErrnoException} when bash cannot be started
   */
  start(command: string, env: Run['env']): ChildProcess {
    return spawn('bash', ['-c', '--', `echo "+ $$" >&3; exec 3>&-\n${command}`], {
      env,
      stdio: ['ignore', 'pipe', 'ignore', this.#keeper.stdin],
      detached: true,
    });
  }

  ended(group: number): void {
    this.#keeper.stdin.write(`- ${group}\n`);
  }

  kill(group: number): void {
    this.#keeper.stdin.write(`x ${group}\n`);
  }
}
