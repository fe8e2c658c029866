import { gzipSync } from 'node:zlib';
import type { Finding, Report } from '../model/report.ts';
import { renderJson } from '../report/json.ts';
import { MANAGED_BY, PUBLISHER } from '../report/policy-reports.ts';
import { renderText } from '../report/text.ts';
import type { ConfigMapTarget } from './targets.ts';

/** A ConfigMap may hold 1 MiB in all. */
const MOST_TEXT_BYTES = 128 * 1024;
const MOST_PACKED_BYTES = 768 * 1024;
/** Packed, a finding takes some eighty bytes: more than these cannot fit, and need not be tried. */
const MOST_FINDINGS = 16_384;

export interface ConfigMap {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly data: Readonly<Record<string, string>>;
  readonly binaryData: Readonly<Record<string, string>>;
}

/**
 * The report as a ConfigMap: `report.txt` for people, `report.json.gz` for `seaworthy report`. Of a report that is too large the
 * severest findings are kept; the summary still counts all of them, and `seaworthy report` says what is missing.
 */
export function configMapOf(report: Report, target: ConfigMapTarget): ConfigMap {
  const { scan, tool } = report;
  // The parts of a split scan are published side by side.
  const name = scan.shard === undefined ? target.name : `${target.name}-${scan.shard.index}`;
  const { packed, left } = pack(report);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: target.namespace,
      labels: { [MANAGED_BY]: 'seaworthy', [PUBLISHER]: target.name },
      annotations: {
        'seaworthy.dev/scanned-at': scan.startedAt,
        'seaworthy.dev/complete': String(scan.complete),
        'seaworthy.dev/version': tool.version,
        ...(left > 0 ? { 'seaworthy.dev/findings-not-listed': String(left) } : {}),
      },
    },
    data: { 'report.txt': textOf(report) },
    binaryData: { 'report.json.gz': packed.toString('base64') },
  };
}

function pack(report: Report): { packed: Buffer; left: number } {
  const total = report.summary.violation + report.summary.unknown + report.summary.waived;
  for (let most = Math.min(total, MOST_FINDINGS); ; most = Math.floor(most * 0.7)) {
    const packed = gzipSync([...renderJson(most < total ? firstOf(report, most) : report)].join(''), { level: 9 });
    if (packed.length <= MOST_PACKED_BYTES || most === 0) return { packed, left: total - most };
  }
}

/** Findings stand by severity: the first are the severest. */
function firstOf(report: Report, most: number): Report {
  const findings = {
    length: most,
    *[Symbol.iterator](): Generator<Finding> {
      let listed = 0;
      for (const finding of report.findings) {
        if (finding.outcome === 'pass') continue;
        if (listed++ === most) return;
        yield finding;
      }
    },
  };
  return { ...report, findings };
}

function textOf(report: Report): string {
  const text = [
    ...renderText(report, { columns: 80, color: false, show: [], minSeverity: 'low', failOn: 'never', exitCode: 0, verbose: false, isPublished: true, command: 'seaworthy' }),
  ].join('');
  if (Buffer.byteLength(text) <= MOST_TEXT_BYTES) return text;
  // The line that the limit cuts is left out whole, and with it a character that was cut in half.
  const cut = Buffer.from(text).subarray(0, MOST_TEXT_BYTES).toString('utf8');
  return `${cut.slice(0, cut.lastIndexOf('\n') + 1)}...\n`;
}
