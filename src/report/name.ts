import type { Report } from '../model/report.ts';
import { isShown, type Shown } from './describe.ts';
import { inPieces } from './pieces.ts';
import { neutralize } from './terminal.ts';

/** Only the ids, one to a line, for pipes. */
export function* renderName(report: Report, options: Shown): Generator<string> {
  yield* inPieces(lines(report, options));
}

function* lines(report: Report, options: Shown): Generator<string> {
  for (const finding of report.findings) {
    if (isShown(finding, options)) yield `${neutralize(finding.id)}\n`;
  }
}
