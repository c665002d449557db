import type { CliCommand } from '../command.js';
import { demos } from '../demo.js';
import { interruptible } from '../interrupt.js';
import type { Io } from '../io.js';

const command: CliCommand = {
  id: 'demo',
  summary: `see with your own eyes: ${demos.ids().join(', ')}`,
  configure: (program, io, exit) => {
    program.argument('[name]', 'one of them; without it, what each shows').action(async (name: string | undefined) => {
      if (name === undefined) return list(io);
      const demo = await demos.load(name);
      const { result, exitCode } = await interruptible(io, (signal) => demo.show(io, signal));
      exit(exitCode ?? result);
    });
  },
};

export default command;

async function list(io: Io): Promise<void> {
  for (const { id, summary } of await demos.all()) io.stdout.write(`${id}  ${summary}\n`);
}
