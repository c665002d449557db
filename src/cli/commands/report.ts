import type { CliCommand } from '../command.js';
import { declareReportOptions, type ReportOptions } from '../compare/options.js';
import type { Io } from '../io.js';

const command: CliCommand = {
  id: 'report',
  summary: 'print stored results again, in any form; several of one plan are merged',
  configure: (program, io, exit) => {
    declareReportOptions(program.argument('<result...>', 'JSON files that archbench wrote')).action(
      async (files: readonly string[], options: ReportOptions) => exit(await run(files, options, io)),
    );
  },
};

export default command;

async function run(files: readonly string[], options: ReportOptions, io: Io): Promise<number> {
  const [{ Delivery }, { mergeReports }, { readReport }] = await Promise.all([
    import('../deliver.js'),
    import('../../compare/merge-reports.js'),
    import('../read-report.js'),
  ]);
  const delivery = await Delivery.prepare(options.format, options.output ?? [], io);
  await delivery.deliver(mergeReports(files.map((file) => readReport(file, io.cwd))));
  return 0;
}
