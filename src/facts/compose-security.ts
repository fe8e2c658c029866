import type { JsonObject } from '../model/json.ts';
import { isOpen } from './compose-read.ts';
import { stringsAt } from './read.ts';

/** What `security_opt` says. Undefined where a variable that is not set here decides. */
export interface SecurityOptions {
  readonly noNewPrivileges: boolean | undefined;
  /** `Unconfined`, `Localhost` or `RuntimeDefault`; empty where nothing is said. */
  readonly seccomp: string | undefined;
  readonly appArmor: string | undefined;
  readonly isLabelDisabled: boolean;
  readonly isProcUnmasked: boolean;
  readonly seLinux: Readonly<Record<string, string>>;
}

/** As Docker reads it (moby, parseSecurityOpt): with `=` or `:`, the last of each kind counts; `no-new-privileges:false` is an explicit off. */
export function securityOptions(service: JsonObject): SecurityOptions {
  const options = stringsAt(service, 'security_opt').map((option) => {
    const [, name = '', value] = /^([^:=]+)(?:[:=](.*))?$/s.exec(option.trim()) ?? [];
    return { name, value: value?.trim() };
  });
  const settingOf = (name: string): string | undefined => options.findLast((option) => option.name === name)?.value;
  const labels = options.filter(({ name }) => name === 'label').map(({ value }) => value ?? '');
  const noNewPrivileges = options.findLast(({ name }) => name === 'no-new-privileges');
  return {
    noNewPrivileges: noNewPrivileges === undefined ? false : isOn(noNewPrivileges.value),
    seccomp: profileType(settingOf('seccomp')),
    appArmor: profileType(settingOf('apparmor')),
    isLabelDisabled: labels.includes('disable') || options.some(({ name, value }) => name === 'disable' && value === undefined),
    isProcUnmasked: settingOf('systempaths') === 'unconfined',
    seLinux: Object.fromEntries(labels.flatMap((label) => (/^(?:type|user|role):/.test(label) ? [label.split(':', 2) as [string, string]] : []))),
  };
}

/** Go's ParseBool; what it does not take, Docker refuses. */
function isOn(value: string | undefined): boolean | undefined {
  if (value === undefined) return true;
  return isOpen(value) ? undefined : /^(?:1|t|T|true|TRUE|True)$/.test(value);
}

function profileType(value: string | undefined): string | undefined {
  if (value === undefined) return '';
  if (isOpen(value)) return undefined;
  if (value === 'unconfined') return 'Unconfined';
  return value === 'builtin' ? 'RuntimeDefault' : 'Localhost';
}
