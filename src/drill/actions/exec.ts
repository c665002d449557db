import type { ChildProcess } from 'node:child_process';
import * as v from 'valibot';
import { defineAction } from '../action.js';
import { variablesForCommand } from '../command-environment.js';
import { CommandGroups } from '../command-groups.js';
import { optionalText, string, text } from '../plan/schema.js';
import { StopRun, type Run } from '../run.js';

/** What a command may print; beyond it the command is ended. */
const maxOutputBytes = 64 * 1024 * 1024;

/**
 * Runs a command in bash; other iterations go on meanwhile. With `assign`, what it prints becomes a variable, white
 * space at the end taken off. Its exit status and standard error do not matter.
 *
 * A value that is interpolated into the command becomes part of the command, whatever a server put into it. The
 * same values stand safely in its environment: `"$ARCHBENCH_FOO_BODY"` is `{{ foo.body }}`.
 */
export default defineAction({
  id: 'exec',
  rank: 20,
  entries: {
    exec: v.pipe(v.object({ command: text }), v.description('Runs a command in bash; assign keeps what it prints.')),
    assign: optionalText(string),
  },
  repeats: false,
  compile: ({ name, exec: { command }, assign }, step) => {
    const at = step.node.locate(['exec', 'command']);
    if (step.plan.options.refuseCommands) step.diagnostics.error(at, 'commands are refused by --no-exec');
    if (assign !== undefined) step.sets(assign);
    const template = step.template(command, at);
    return (run) => {
      const bound = template.bind(run);
      const variables = variablesForCommand(command, run.settable);
      return async (iteration) => {
        run.observer?.exec(name, command);
        const output = await runCommand(bound.render(iteration), { ...run.env, ...variables(iteration) }, run);
        if (assign !== undefined) iteration.set(assign, output.trimEnd());
      };
    };
  },
});

/** What a command prints. It and all that it started are ended when the run must end, and with this program. */
function runCommand(command: string, env: Run['env'], run: Run): Promise<string> {
  const { ending } = run;
  return new Promise((resolve, reject) => {
    if (command.includes('\0')) {
      reject(new StopRun('a command of the plan holds a NUL character, which no command can'));
      return;
    }
    let groups: CommandGroups;
    let child: ChildProcess;
    try {
      groups = CommandGroups.of(run);
      child = groups.start(command, env);
    } catch (error) {
      reject(cannotRun(error as NodeJS.ErrnoException));
      return;
    }
    const { pid } = child;
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (): void => {
      if (pid !== undefined) groups.kill(pid);
      // Something that left the group may hold the pipe open: nobody waits for it.
      child.stdout?.destroy();
    };
    const finish = (): void => {
      if (pid !== undefined) groups.ended(pid);
      ending.removeEventListener('abort', end);
      resolve(Buffer.concat(chunks).toString('utf8'));
    };
    ending.addEventListener('abort', end);
    if (ending.aborted) end();
    child.stdout?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxOutputBytes) end();
      else chunks.push(chunk);
    });
    child.on('error', (error) => reject(cannotRun(error)));
    child.on('close', finish);
  });
}

function cannotRun({ code, message }: NodeJS.ErrnoException): StopRun {
  const tooLong = 'a command of the plan, or a value in its environment, is longer than the system takes';
  return new StopRun(code === 'E2BIG' ? tooLong : `cannot run bash: ${message}`);
}
