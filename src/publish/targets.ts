import { InputError } from '../errors.ts';
import type { PolicyReportApi } from '../report/policy-reports.ts';

/** Where a report goes besides files and standard output. Nothing is written anywhere unless one of these was asked for. */
export type PublishTarget = ConfigMapTarget | PolicyReportTarget | PushgatewayTarget;

export interface ConfigMapTarget {
  readonly kind: 'configmap';
  readonly namespace: string;
  readonly name: string;
}

export interface PolicyReportTarget {
  readonly kind: 'policyreports';
  /** Without one, whichever the cluster serves; the newer one if it serves both. */
  readonly api: PolicyReportApi | undefined;
}

export interface PushgatewayTarget {
  readonly kind: 'pushgateway';
  /** May hold a password: it is never shown but for its host. */
  readonly url: URL;
}

const APIS: Readonly<Record<string, PolicyReportApi>> = { 'openreports.io': 'openreports.io/v1alpha1', 'wgpolicyk8s.io': 'wgpolicyk8s.io/v1alpha2' };
const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

export const PUBLISH_HELP = 'configmap=NAMESPACE/NAME, policyreports or pushgateway=URL';

/** The address may hold a password, which has no place in a manifest or in a list of processes: then it stands here, from a Secret. */
const ADDRESS_VARIABLE = 'SEAWORTHY_PUSHGATEWAY';

/** Reads what stands behind `--publish`. */
export function parsePublishTarget(text: string, environment: NodeJS.ProcessEnv = process.env): PublishTarget {
  const equals = text.indexOf('=');
  const kind = equals === -1 ? text : text.slice(0, equals);
  const value = equals === -1 ? undefined : text.slice(equals + 1);
  if (kind === 'configmap') return configMap(value);
  if (kind === 'policyreports') return { kind, api: value === undefined ? undefined : apiOf(value) };
  if (kind === 'pushgateway') return { kind, url: addressOf(value ?? environment[ADDRESS_VARIABLE]) };
  // It may be a mistyped address with a password: only a plain word is repeated.
  throw new InputError(`--publish: there is no ${/^\w{1,30}$/.test(kind) ? `target "${kind}"` : 'such target'}; there are ${PUBLISH_HELP}`);
}

/** As messages name it. */
export function describeTarget(target: PublishTarget): string {
  if (target.kind === 'configmap') return `configmap=${target.namespace}/${target.name}`;
  if (target.kind === 'pushgateway') return `pushgateway=${target.url.host}`;
  return target.api === undefined ? 'policyreports' : `policyreports=${target.api}`;
}

/** Whether it is the API server that is written to. */
export function isOfCluster(target: PublishTarget): target is ConfigMapTarget | PolicyReportTarget {
  return target.kind !== 'pushgateway';
}

function configMap(value: string | undefined): ConfigMapTarget {
  const [namespace = '', name = '', ...more] = (value ?? '').split('/');
  if (!NAME.test(namespace) || !NAME.test(name) || more.length > 0) throw new InputError('--publish configmap: name it as configmap=NAMESPACE/NAME');
  return { kind: 'configmap', namespace, name };
}

function apiOf(group: string): PolicyReportApi {
  const api = Object.hasOwn(APIS, group) ? APIS[group] : undefined;
  if (api === undefined) throw new InputError(`--publish policyreports: there is no such interface; there are ${Object.keys(APIS).join(' and ')}`);
  return api;
}

function addressOf(value: string | undefined): URL {
  const url = URL.parse(value ?? '');
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InputError('--publish pushgateway: give its address, as in pushgateway=http://pushgateway.monitoring:9091, or set SEAWORTHY_PUSHGATEWAY');
  return url;
}
