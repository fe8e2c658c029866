import type { Report } from '../model/report.ts';
import { renderJson } from './json.ts';
import { renderName } from './name.ts';
import type { TextOptions } from './page.ts';
import { renderPolicyReports } from './policy-reports.ts';
import { renderProm } from './prom.ts';
import { renderText } from './text.ts';
import { renderWide } from './wide.ts';

export type FormatName = 'text' | 'wide' | 'json' | 'name' | 'policyreport' | 'openreports' | 'prom';

export type Format = (report: Report, options: TextOptions) => Iterable<string>;

/** Every format that `-o` knows. A new one is a file of its own and one line here. */
export const formats: Readonly<Record<FormatName, Format>> = {
  text: renderText,
  wide: renderWide,
  json: renderJson,
  name: renderName,
  policyreport: (report, { show }) => renderPolicyReports(report, 'wgpolicyk8s.io/v1alpha2', show),
  openreports: (report, { show }) => renderPolicyReports(report, 'openreports.io/v1alpha1', show),
  prom: renderProm,
};

export function isFormat(name: string): name is FormatName {
  return Object.hasOwn(formats, name);
}
