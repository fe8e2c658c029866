import { InputError } from '../errors.ts';
import type { PolicySource, Profile, Severity } from '../model/policy.ts';
import { suggestName } from './suggest.ts';

export interface Selection {
  readonly policies: readonly PolicySource[];
  /** Why a severity differs from the policy's own. */
  readonly severityReasons: ReadonlyMap<string, string>;
}

export type SeverityOverrides = Readonly<Record<string, { readonly severity: Severity; readonly reason: string }>>;

/** The policies of a profile, narrowed by `--only`, with the severities that profile and config give them. */
export function selectPolicies(
  all: readonly PolicySource[],
  profile: Profile,
  only: readonly string[],
  overrides: SeverityOverrides,
  /** What says `only`, for who has to mend it. */
  asked = '--only',
): Selection {
  const chosen = only.length > 0 ? only : profile.policies;
  const excluded = only.length > 0 ? [] : (profile.without ?? []);
  const selected = all.filter((policy) => chosen.some((name) => names(name, policy)) && !excluded.some((name) => names(name, policy)));
  for (const name of [...chosen, ...excluded]) {
    if (!all.some((policy) => names(name, policy))) {
      const origin = only.length > 0 ? asked : `profile ${profile.name}`;
      throw new InputError(`${origin}: there is no policy, check or theme "${name}"${suggest(name, all)}; see: seaworthy policies list`);
    }
  }
  const reasons = new Map<string, string>();
  const severities = { ...profile.severities, ...overrides };
  for (const name of Object.keys(severities)) {
    if (!all.some((policy) => names(name, policy))) throw new InputError(`severities: there is no policy "${name}"${suggest(name, all)}`);
  }
  const policies = selected.map((policy) => {
    // Whoever runs the scan has the last word, however widely it is meant.
    const override = nearest(policy, overrides) ?? nearest(policy, profile.severities ?? {});
    if (override === undefined) return policy;
    reasons.set(policy.id, override.reason);
    return { ...policy, severity: override.severity };
  });
  return { policies, severityReasons: reasons };
}

/** What is said of a policy by its id, else by its check, else by its theme, else of all. */
function nearest(policy: PolicySource, severities: SeverityOverrides): SeverityOverrides[string] | undefined {
  const [name] = Object.keys(severities)
    .filter((key) => names(key, policy))
    .sort((a, b) => nearness(b, policy) - nearness(a, policy) || b.length - a.length);
  return name === undefined ? undefined : severities[name];
}

function nearness(name: string, policy: PolicySource): number {
  if (name === '*') return 0;
  if (name === policy.theme || name.endsWith('/*')) return 1;
  if (name.endsWith('*')) return 2;
  return name === policy.id || policy.formerly?.includes(name) === true ? 4 : 3;
}

/** Whether a name means a policy: its id, a former id, the check that its id begins with, `theme/*`, or `*`. */
export function names(name: string, policy: PolicySource): boolean {
  if (name === '*' || name === policy.id || policy.formerly?.includes(name) === true) return true;
  if (name.endsWith('/*')) return policy.theme === name.slice(0, -2);
  if (name.endsWith('*')) return policy.id.startsWith(name.slice(0, -1));
  return policy.id.startsWith(`${name}-`) || policy.theme === name;
}

/** The nearest id, for a slip of the keyboard. */
export function suggest(name: string, all: readonly PolicySource[]): string {
  return suggestName(
    name,
    all.map(({ id }) => id),
  );
}
