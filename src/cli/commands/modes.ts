import type { CliCommand } from '../command.js';

const command: CliCommand = {
  id: 'modes',
  summary: 'list the built-in server architectures',
  configure: (program) => program,
};

export default command;
