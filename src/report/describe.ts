import type { Location } from '../model/inventory.ts';
import type { Severity } from '../model/policy.ts';
import { SEVERITIES } from '../model/policy.ts';
import type { Evidence, Finding, FindingSubject, Outcome, Report } from '../model/report.ts';

/** Which findings a person asked to see. Violations always are. */
export interface Shown {
  readonly show: readonly Outcome[];
  readonly minSeverity: Severity;
}

export function isShown(finding: Finding, { show, minSeverity }: Shown): boolean {
  return (finding.outcome === 'violation' || show.includes(finding.outcome)) && isAtLeast(finding.severity, minSeverity);
}

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}

/** `file:line:column`, which editors and terminals open; or the object, or the image. */
export function describeLocation(location: Location): string {
  if ('file' in location) return `${location.file}:${location.line}:${location.column}`;
  if ('ref' in location) return `${location.cluster === '' ? '' : `${location.cluster}:`}${location.ref}`;
  return `${location.image}${location.path === '' ? '' : `:${location.path}`}`;
}

/** The subject's name in parts: `Deployment shop/api`, `container api`, `env DATABASE_URL`. */
export function describeSubject(subject: FindingSubject): string[] {
  const { kind, type, namespace, name, container, part } = subject;
  const parts = [`${kind === '' ? type : kind} ${namespace === '' ? '' : `${namespace}/`}${name}`.trim()];
  if (container !== '') parts.push(`container ${container}`);
  if (part !== '') parts.push(part);
  return parts;
}

/** The same in fewer columns: `Deployment shop/api/api env DATABASE_URL`, at its shortest without the kind. */
export function abbreviateSubject({ kind, type, namespace, name, container, part }: FindingSubject, withKind: boolean): string {
  const path = [namespace, name, container].filter((step) => step !== '').join('/');
  return [withKind ? kind || type : '', path, part].filter((step) => step !== '').join(' ');
}

/** Whether the name of an object says enough without its cluster's. */
export function hasManyClusters({ scan }: Pick<Report, 'scan'>): boolean {
  return scan.sources.filter(({ kind }) => kind === 'cluster').length > 1;
}

const LONGEST_LIST = 5;

export function describeEvidence({ fact, value }: Evidence): string {
  if (value === null) return `${fact} is not known`;
  if (typeof value !== 'object') return `${fact} = ${value === '' ? '""' : value}`;
  const more = value.length > LONGEST_LIST ? `, ${value.length - LONGEST_LIST} more` : '';
  return `${fact} = [${value.slice(0, LONGEST_LIST).join(', ')}${more}]`;
}

/** `1 finding`, `1,200 findings`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${withCommas(number)} ${number === 1 ? noun : plural}`;
}

export function withCommas(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `a, b, c and 4 more`. */
export function some(names: readonly string[], most: number): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${withCommas(names.length - most)} more`;
}
