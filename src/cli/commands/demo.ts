import type { CliCommand } from '../command.js';
import { demos } from '../demo.js';
import { interruptible } from '../interrupt.js';

const command: CliCommand = {
  id: 'demo',
  summary: 'see with your own eyes: coordinated-omission',
  configure: (program, io, exit) => {
    program.argument('<name>', demos.ids().join(', ')).action(async (name: string) => {
      const demo = await demos.load(name);
      const { result, exitCode } = await interruptible(io, (signal) => demo.show(io, signal));
      exit(exitCode ?? result);
    });
  },
};

export default command;
