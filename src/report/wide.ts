import type { Report } from '../model/report.ts';
import { describeLocation, describeSubject, isShown, type Shown } from './describe.ts';
import { inPieces } from './pieces.ts';
import { fold } from './printable.ts';
import { neutralize } from './terminal.ts';

/** One line for each finding, for grep and editors: `file:line:col SEVERITY policy subject: message [id]`. */
export function* renderWide(report: Report, options: Shown): Generator<string> {
  yield* inPieces(lines(report, options));
}

function* lines(report: Report, options: Shown): Generator<string> {
  for (const finding of report.findings) {
    if (!isShown(finding, options)) continue;
    const { outcome, severity, policy, subject, message, location, id } = finding;
    const verdict = outcome === 'violation' ? severity : outcome;
    const where = 'ref' in location && location.pointer !== '' ? `${describeLocation(location)}#${location.pointer}` : describeLocation(location);
    yield `${neutralize(`${where} ${verdict.toUpperCase()} ${policy} ${describeSubject(subject).join(' ')}: ${fold(message)} [${id}]`)}\n`;
  }
}
