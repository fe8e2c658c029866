import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findTargets, isInsidePod, type TargetRequest } from '../../../src/collect/cluster/kubeconfig.ts';
import { proxyFor } from '../../../src/collect/cluster/proxy.ts';
import { TOKEN, temporaryFolder } from './fake-api.ts';

const NOBODY = { groups: [] };

function find(folder: string, more: Partial<TargetRequest> = {}) {
  return findTargets({ contexts: [], impersonation: NOBODY, environment: { HOME: folder }, ...more });
}

interface Entries {
  readonly current?: string;
  readonly contexts?: Readonly<Record<string, object>>;
  readonly clusters?: Readonly<Record<string, object>>;
  readonly users?: Readonly<Record<string, object>>;
}

function write(file: string, { current, contexts = {}, clusters = {}, users = {} }: Entries): string {
  const list = (key: string, entries: Readonly<Record<string, object>>): object[] => Object.entries(entries).map(([name, entry]) => ({ name, [key]: entry }));
  const config = { 'current-context': current, contexts: list('context', contexts), clusters: list('cluster', clusters), users: list('user', users) };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

const PROD: Entries = {
  current: 'prod',
  contexts: { prod: { cluster: 'c', user: 'u', namespace: 'shop' }, bare: { cluster: 'c' } },
  clusters: { c: { server: 'https://prod.example.com/', 'certificate-authority': 'ca.crt' } },
  users: { u: { token: TOKEN, tokenFile: 'secrets/token', exec: { command: './login' } } },
};

test('the current context of the file in the home folder', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '.kube'));
  write(join(folder, '.kube/config'), PROD);
  const [target] = find(folder);
  expect(target).toMatchObject({ name: 'prod', server: 'https://prod.example.com', namespace: 'shop' });
  // Paths are relative to the file, and so is a plugin with a slash.
  expect(target?.cluster['certificate-authority']).toBe(join(folder, '.kube/ca.crt'));
  expect(target?.user).toMatchObject({ tokenFile: join(folder, '.kube/secrets/token'), exec: { command: join(folder, '.kube/login') } });
});

test('a context without a namespace is in default, and without a user nobody signs', () => {
  const file = write(join(temporaryFolder(), 'config'), PROD);
  expect(find('/nowhere', { kubeconfig: file, contexts: ['bare'] })).toMatchObject([{ namespace: 'default', user: {} }]);
});

test('KUBECONFIG lists files: the first entry of a name counts, and a missing file is passed over', () => {
  const folder = temporaryFolder();
  const first = write(join(folder, 'a'), { contexts: { stage: { cluster: 'c' } }, clusters: { c: { server: 'https://first' } } });
  const second = write(join(folder, 'b'), { ...PROD, contexts: { stage: { cluster: 'other' } }, current: 'stage' });
  expect(find(folder, { environment: { KUBECONFIG: [join(folder, 'none'), first, second].join(delimiter) } })).toMatchObject([{ name: 'stage', server: 'https://first' }]);
});

test('several contexts, each once', () => {
  const file = write(join(temporaryFolder(), 'config'), PROD);
  expect(find('/nowhere', { kubeconfig: file, contexts: ['bare', 'prod', 'bare'] }).map(({ name }) => name)).toEqual(['bare', 'prod']);
});

test('whom the kubeconfig impersonates, unless flags say whom', () => {
  const user = { token: TOKEN, as: 'jane', 'as-groups': ['dev'], 'as-uid': '7' };
  const file = write(join(temporaryFolder(), 'config'), { ...PROD, users: { u: user } });
  expect(find('/nowhere', { kubeconfig: file })[0]?.impersonation).toEqual({ user: 'jane', groups: ['dev'], uid: '7' });
  expect(find('/nowhere', { kubeconfig: file, impersonation: { user: 'joe', groups: [] } })[0]?.impersonation).toEqual({ user: 'joe', groups: [] });
});

describe('what cannot be used is the user’s to mend, and is told without what the file holds', () => {
  test.each<[string, Entries | string, Partial<TargetRequest>, string | RegExp]>([
    ['no such context', PROD, { contexts: ['prd'] }, '--context prd: there is no such context; there are prod, bare'],
    ['no current context', { ...PROD, current: '' }, {}, 'no cluster is named: use --context with one of prod, bare'],
    ['no such cluster', { ...PROD, clusters: {} }, {}, 'context prod: the kubeconfig has no cluster "c"'],
    ['no such user', { ...PROD, users: {} }, {}, 'context prod: the kubeconfig has no user "u"'],
    ['no address', { ...PROD, clusters: { c: { server: 'file:///etc' } } }, {}, 'context prod: the address of its cluster is no http or https address'],
    ['no YAML', `a: [${TOKEN}\n`, {}, 'config:2:1: this is no YAML, so no kubeconfig'],
    ['a list', `- ${TOKEN}`, {}, 'this is no kubeconfig'],
    ['no such current context', { ...PROD, current: 'prd' }, {}, 'current-context prd: there is no such context; there are prod, bare'],
    ['an empty file', '', {}, 'config names no context; use --kubeconfig FILE'],
    ['an empty file, asked for a context', '', { contexts: ['prd'] }, /^--context prd: there is no such context; \S+config names no context$/],
  ])('%s', (_, content, more, message) => {
    const file = join(temporaryFolder(), 'config');
    if (typeof content === 'string') writeFileSync(file, content);
    else write(file, content);
    const attempt = () => find('/nowhere', { kubeconfig: file, ...more });
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(TOKEN);
  });

  test('of a list of files, one has to be there', () => {
    expect(() => find('/nowhere', { environment: { KUBECONFIG: '/nowhere/a:/nowhere/b' } })).toThrow(
      'no cluster is named: KUBECONFIG names no file that is there; use --kubeconfig FILE',
    );
  });

  test('a file that is named has to be there', () => {
    expect(() => find('/nowhere', { kubeconfig: '/nowhere/config' })).toThrow('--kubeconfig /nowhere/config: no such file');
  });
});

test('inside a pod: where the kubelet puts the token', () => {
  const folder = temporaryFolder();
  expect(isInsidePod({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, folder)).toBe(false);
  writeFileSync(join(folder, 'token'), 'x');
  expect([isInsidePod({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, folder), isInsidePod({}, folder)]).toEqual([true, false]);
});

test.each([
  ['https://prod.example.com', { HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128'],
  ['https://prod.example.com', { https_proxy: 'proxy:3128' }, 'http://proxy:3128'],
  ['https://prod.example.com', { HTTP_PROXY: 'http://proxy:3128' }, undefined],
  ['https://prod.example.com', { HTTPS_PROXY: 'http://proxy', NO_PROXY: 'example.com' }, undefined],
  ['https://prod.example.com', { HTTPS_PROXY: 'http://proxy', NO_PROXY: '.example.com' }, undefined],
  ['https://example.com', { HTTPS_PROXY: 'http://proxy', NO_PROXY: '.example.com' }, 'http://proxy'],
  ['https://badexample.com', { HTTPS_PROXY: 'http://proxy', NO_PROXY: 'example.com' }, 'http://proxy'],
  ['https://prod.example.com:6443', { HTTPS_PROXY: 'http://proxy', NO_PROXY: 'a, prod.example.com:443' }, 'http://proxy'],
  ['https://prod.example.com:6443', { HTTPS_PROXY: 'http://proxy', NO_PROXY: 'prod.example.com:6443' }, undefined],
  ['https://10.1.2.3:6443', { HTTPS_PROXY: 'http://proxy', NO_PROXY: '10.1.0.0/16' }, undefined],
  ['https://10.2.2.3:6443', { HTTPS_PROXY: 'http://proxy', NO_PROXY: '10.1.0.0/16' }, 'http://proxy'],
  ['https://prod.example.com', { HTTPS_PROXY: 'http://proxy', NO_PROXY: '*' }, undefined],
  ['https://127.0.0.1:6443', { HTTPS_PROXY: 'http://proxy' }, undefined],
  ['https://[::1]:6443', { HTTPS_PROXY: 'http://proxy' }, undefined],
] as const)('the proxy for %s with %j', (server, environment, proxy) => {
  expect(proxyFor(server, environment)).toBe(proxy);
});
