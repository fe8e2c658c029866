import { type Command, Option } from 'commander';
import { mergeReports } from '../merge.ts';
import { SEVERITIES, type Severity } from '../model/policy.ts';
import type { Outcome } from '../model/report.ts';
import { exitCodeOf, type FailOn } from './exit-code.ts';
import { collectOutcomes, collectOutput, OUTPUT_HELP, type OutputTarget, outputTargets, writeReport } from './report-output.ts';

interface ReportFlags {
  readonly output: readonly OutputTarget[];
  readonly failOn: FailOn;
  readonly failOnUnknown?: boolean;
  readonly minSeverity: Severity;
  readonly show: readonly Outcome[];
  readonly allowIncomplete?: boolean;
  readonly color: 'auto' | 'always' | 'never';
  readonly verbose?: boolean;
}

export function addReportCommand(program: Command, command: string): void {
  program
    .command('report')
    .description('show saved reports in another format; several, and the parts of a split scan, become one')
    .argument('<file...>', 'what scan -o json=FILE wrote, gzip or not; - for standard input')
    .option('-o, --output <format[=file]>', OUTPUT_HELP, collectOutput, [])
    .addOption(new Option('--fail-on <severity>', 'exit 1 from this severity on').choices([...SEVERITIES, 'never']).default('high'))
    .option('--fail-on-unknown', 'exit 1 for what could not be decided, too')
    .addOption(new Option('--min-severity <severity>', 'show findings from this severity on').choices(SEVERITIES).default('low'))
    .option('--show <outcomes>', 'also list findings with these outcomes: pass, unknown', collectOutcomes, [])
    .option('--allow-incomplete', 'exit 0 although something could not be read')
    .addOption(new Option('--color <when>', 'colours in the terminal').choices(['auto', 'always', 'never']).default('auto'))
    .option('-v, --verbose', 'say more')
    .action(async (files: string[], flags: ReportFlags) => {
      const targets = outputTargets(flags.output);
      // What checks a file against its schema takes longer to load than most scans take.
      const { readSavedReport } = await import('./saved-report.ts');
      const report = mergeReports(files.map(readSavedReport));
      const exitCode = exitCodeOf(report, flags.failOn, flags);
      writeReport(report, targets, {
        color: flags.color,
        show: flags.show,
        minSeverity: flags.minSeverity,
        failOn: flags.failOn,
        exitCode,
        verbose: flags.verbose === true,
        command,
      });
      process.exitCode = exitCode;
    });
}
