import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import type { PolicySource, Profile } from '../../src/model/policy.ts';
import { names, type SeverityOverrides, selectPolicies, suggest } from '../../src/policy/select.ts';

function policy(theme: string, id: string, parts: Partial<PolicySource> = {}): PolicySource {
  const rest = { folder: `${theme}/${id}`, title: 'T', severity: 'high', subject: 'container', require: 'true', message: 'M', why: 'W', fix: 'F', since: '0' } as const;
  return { id, theme, ...rest, ...parts };
}

const ALL = [
  policy('images', 'image-pinned'),
  policy('images', 'image-pinned-digest', { severity: 'low' }),
  policy('images', 'image-age', { formerly: ['image-old'] }),
  policy('workload-hardening-and-more', 'non-root'),
  policy('workload-hardening-and-more', 'non-root-guaranteed', { severity: 'medium' }),
];

const profile = (policies: readonly string[], parts: Partial<Profile> = {}): Profile => ({ name: 'default', title: 'T', description: 'D', policies, ...parts });

const chosen = (policies: readonly string[], parts: Partial<Profile> = {}, only: readonly string[] = []): string[] =>
  selectPolicies(ALL, profile(policies, parts), only, {}).policies.map(({ id }) => id);

const severities = (inProfile: SeverityOverrides, inConfig: SeverityOverrides = {}): Record<string, string> => {
  const selection = selectPolicies(ALL, profile(['*'], { severities: inProfile }), [], inConfig);
  return Object.fromEntries(selection.policies.map(({ id, severity }) => [id, `${severity}${selection.severityReasons.has(id) ? `: ${selection.severityReasons.get(id)}` : ''}`]));
};

describe('what a name means', () => {
  test.each<[string, string[]]>([
    ['*', ['image-pinned', 'image-pinned-digest', 'image-age', 'non-root', 'non-root-guaranteed']],
    ['image-pinned-digest', ['image-pinned-digest']],
    ['image-pinned', ['image-pinned', 'image-pinned-digest']],
    ['image-old', ['image-age']],
    ['images', ['image-pinned', 'image-pinned-digest', 'image-age']],
    ['images/*', ['image-pinned', 'image-pinned-digest', 'image-age']],
    ['image-*', ['image-pinned', 'image-pinned-digest', 'image-age']],
    ['image', ['image-pinned', 'image-pinned-digest', 'image-age']],
    ['image-pin', []],
    ['image-pin*', ['image-pinned', 'image-pinned-digest']],
    ['', []],
    ['/*', []],
  ])('%s', (name, expected) => {
    expect(ALL.filter((one) => names(name, one)).map(({ id }) => id)).toEqual(expected);
  });
});

describe('the selection', () => {
  test.each<[string, string[], Partial<Profile>, string[], string[]]>([
    ['of a profile', ['image-pinned'], {}, [], ['image-pinned', 'image-pinned-digest']],
    ['in the order of the library', ['non-root', 'images'], {}, [], ALL.map(({ id }) => id)],
    ['without some', ['*'], { without: ['image-pinned'] }, [], ['image-age', 'non-root', 'non-root-guaranteed']],
    ['by --only, whatever the profile has', ['image-age'], {}, ['non-root-guaranteed'], ['non-root-guaranteed']],
    ['by --only, though the profile leaves it out', ['*'], { without: ['image-age'] }, ['image-age'], ['image-age']],
    ['of nothing', [], {}, [], []],
  ])('%s', (_, policies, parts, only, expected) => {
    expect(chosen(policies, parts, only)).toEqual(expected);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['a profile that names nothing there is', () => chosen(['image-pinnd']), /^profile default: there is no policy, check or theme "image-pinnd"; did you mean image-pinned\?/],
    ['a profile that leaves out nothing there is', () => chosen(['*'], { without: ['x'] }), /^profile default: there is no policy, check or theme "x";/],
    ['--only', () => chosen(['*'], {}, ['images', 'nothing']), /^--only: there is no policy, check or theme "nothing";/],
    ['a severity', () => severities({ nothing: { severity: 'low', reason: 'r' } }), /^severities: there is no policy "nothing"/],
    ['a severity of the config', () => severities({}, { 'non-rot': { severity: 'low', reason: 'r' } }), /^severities: there is no policy "non-rot"; did you mean non-root\?/],
  ])('refused: %s', (_, act, message) => {
    expect(act).toThrow(InputError);
    expect(act).toThrow(message);
  });
});

describe('severities', () => {
  const low = { severity: 'low', reason: 'r' } as const;
  const critical = { severity: 'critical', reason: 'c' } as const;
  test.each<[string, SeverityOverrides, SeverityOverrides, Record<string, string>]>([
    ['nothing is said', {}, {}, { 'non-root': 'high', 'non-root-guaranteed': 'medium' }],
    ['by id', { 'non-root-guaranteed': low }, {}, { 'non-root': 'high', 'non-root-guaranteed': 'low: r' }],
    ['by check', { 'non-root': low }, {}, { 'non-root': 'low: r', 'non-root-guaranteed': 'low: r' }],
    ['an id beats its check', { 'non-root': low, 'non-root-guaranteed': critical }, {}, { 'non-root': 'low: r', 'non-root-guaranteed': 'critical: c' }],
    ['whatever their order', { 'non-root-guaranteed': critical, 'non-root': low }, {}, { 'non-root': 'low: r', 'non-root-guaranteed': 'critical: c' }],
    ['an id beats a theme with a longer name', { 'non-root': low, 'workload-hardening-and-more/*': critical }, {}, { 'non-root': 'low: r', 'non-root-guaranteed': 'low: r' }],
    ['a check beats a theme with a longer name', { 'workload-hardening-and-more': critical, 'non-root': low }, {}, { 'non-root-guaranteed': 'low: r' }],
    ['a theme beats everything', { '*': critical, images: low }, {}, { 'image-age': 'low: r', 'non-root': 'critical: c' }],
    ['a former id is an id', { 'image-old': low, image: critical }, {}, { 'image-age': 'low: r', 'image-pinned': 'critical: c' }],
    ['the config beats the profile', { 'non-root': low }, { 'non-root': critical }, { 'non-root': 'critical: c' }],
    ['the config beats the profile, even where it says it of more', { 'non-root-guaranteed': low }, { 'non-root': critical }, { 'non-root-guaranteed': 'critical: c' }],
  ])('%s', (_, inProfile, inConfig, expected) => {
    expect(severities(inProfile, inConfig)).toMatchObject(expected);
  });

  test('the library itself is not changed', () => {
    severities({ '*': low });
    expect(ALL[0]?.severity).toBe('high');
  });
});

describe('the nearest id', () => {
  test.each([
    ['image-pinnd', '; did you mean image-pinned?'],
    ['imagepinned', '; did you mean image-pinned?'],
    ['non-root-garanteed', '; did you mean non-root-guaranteed?'],
    ['nonroot', '; did you mean non-root?'],
    ['something-else-entirely', ''],
    ['', ''],
  ])('of %s%s', (name, expected) => {
    expect(suggest(name, ALL)).toBe(expected);
  });
});
