import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { KubeClient } from '../../../src/collect/cluster/client.ts';
import { type CollectedCluster, collectCluster } from '../../../src/collect/cluster/cluster.ts';
import { ServerLists } from '../../../src/collect/cluster/cluster-lists.ts';
import { connectionError, KubeError } from '../../../src/collect/cluster/kube-error.ts';
import type { ClusterTarget } from '../../../src/collect/cluster/kubeconfig.ts';
import type { NeededResource } from '../../../src/model/vocabulary.ts';
import { certificatesFor, type Fault, RECORDED, refuse, sendJson, startFakeApi, startProxy, startSocksProxy, TOKEN, temporaryFolder } from './fake-api.ts';

// What an API server, and whatever stands before it, can do to a scan. Each fault ends in the right gap; none looks like an empty cluster.

const WANTED: readonly NeededResource[] = [
  { group: '', resource: 'pods', isNamespaced: true },
  { group: '', resource: 'namespaces', isNamespaced: false },
  { group: '', resource: 'configmaps', isNamespaced: true },
  { group: 'apps', resource: 'deployments', isNamespaced: true },
  { group: 'apps', resource: 'replicasets', isNamespaced: true },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', isNamespaced: false },
  { group: 'argoproj.io', resource: 'rollouts', isNamespaced: true },
];
const PODS = '/api/v1/pods';

interface CollectOptions {
  readonly namespaces?: readonly string[];
  readonly signal?: AbortSignal;
}

async function collect(target: ClusterTarget, { namespaces, signal = new AbortController().signal }: CollectOptions = {}): Promise<CollectedCluster> {
  const client = new KubeClient(target, { signal, qps: 0, backOffMs: 1 });
  try {
    return await collectCluster(new ServerLists(client), {
      resources: WANTED,
      namespaces: namespaces === undefined ? undefined : new Set(namespaces),
      version: '',
      onProgress: undefined,
    });
  } finally {
    client.close();
  }
}

async function collectWith(fault: Fault, options?: CollectOptions): Promise<CollectedCluster & { asked: readonly string[] }> {
  const api = await startFakeApi({ fault });
  const collected = await collect(api.target(), options);
  expect(JSON.stringify(collected.gaps)).not.toContain(TOKEN);
  return { ...collected, asked: api.asked };
}

function reasons({ gaps }: CollectedCluster): string[] {
  return gaps.map(({ because }) => because);
}

function namesOf({ unit }: CollectedCluster): string[] {
  return unit.resources.map(({ value }) => `${value['kind']} ${(value['metadata'] as { name?: string }).name}`).sort();
}

/** As an issuer writes it; nobody looks at the signature here. */
function tokenUntil(end: number): string {
  const claims = { iss: 'https://issuer.example.com', sub: 'jane', exp: Math.floor(end / 1000) };
  return `${[{ alg: 'RS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.c2lnbmF0dXJl`;
}

const EVERYTHING = ['ConfigMap settings', 'Deployment api', 'Namespace shop'];

/** Fails for the first few times, on one path. */
function atFirst(path: string, times: number, answer: (...args: Parameters<Fault>) => void): Fault {
  return (...args) => {
    if (args[0] !== path || args[1] > times) return false;
    answer(...args);
    return true;
  };
}

function ending(fault: 'out-of-time' | 'interrupted'): AbortController & { readonly end: () => void } {
  const controller = new AbortController();
  return Object.assign(controller, { end: () => controller.abort(new KubeError(fault, `the reading ended (${fault})`, 'scan again')) });
}

test('without a fault: everything, the ReplicaSet and its Pods folded into the Deployment, in one request for each kind', async () => {
  const api = await startFakeApi();
  const collected = await collect(api.target());
  expect(reasons(collected)).toEqual([]);
  expect(namesOf(collected)).toEqual(EVERYTHING);
  expect(collected.source.lists?.map(({ resource, objects }) => `${resource} ${objects}`)).toEqual([
    'apps/deployments 1',
    'apps/replicasets 1',
    'configmaps 1',
    'namespaces 1',
    'pods 3',
    'rbac.authorization.k8s.io/clusterroles 0',
  ]);
  expect(collected.source.requests).toBe(7);
  expect(api.asked.filter((path) => /resourceVersion|secrets/.test(path))).toEqual([]);
  expect(WANTED.filter(({ group, resource }) => collected.unit.reading?.missing(group === '' ? resource : `${group}/${resource}`, '') !== undefined)).toEqual([]);
});

describe('403', () => {
  test.each([
    [PODS, 'list pods in all namespaces is forbidden (403)', 'pods'],
    ['/api/v1/namespaces', 'list namespaces is forbidden (403)', 'namespaces'],
    ['/api/v1/configmaps', 'list configmaps in all namespaces is forbidden (403)', 'configmaps'],
    ['/apis/apps/v1/deployments', 'list deployments.apps in all namespaces is forbidden (403)', 'apps/deployments'],
    ['/apis/apps/v1/replicasets', 'list replicasets.apps in all namespaces is forbidden (403)', 'apps/replicasets'],
    ['/apis/rbac.authorization.k8s.io/v1/clusterroles', 'list clusterroles.rbac.authorization.k8s.io is forbidden (403)', 'rbac.authorization.k8s.io/clusterroles'],
  ])('on %s is one gap, and the reason for what depended on it', async (forbidden, because, resource) => {
    const collected = await collectWith((path, _, response) => path === forbidden && refuse(response, 403));
    expect(reasons(collected)).toEqual([because]);
    expect(collected.unit.reading?.missing(resource, 'shop')?.because).toBe(because);
    expect(collected.unit.reading?.missing(resource === 'pods' ? 'configmaps' : 'pods', 'shop')).toBeUndefined();
  });

  test('on the whole cluster is no gap where the namespaces that are asked for may be listed', async () => {
    const inShop = (path: string): string => path.replace('/namespaces/shop', '');
    const fault: Fault = (path, _, response) => {
      if (path === '/apis') return false;
      if (path === '/api/v1/namespaces/shop') sendJson(response, RECORDED['/api/v1/namespaces']?.items[0]);
      else if (path.includes('/namespaces/shop/')) sendJson(response, RECORDED[inShop(path)] ?? { items: [] });
      else return refuse(response, 403);
      return true;
    };
    const collected = await collectWith(fault, { namespaces: ['shop'] });
    expect(reasons(collected)).toEqual(['list clusterroles.rbac.authorization.k8s.io is forbidden (403)']);
    expect(namesOf(collected)).toEqual(EVERYTHING);
    const { reading } = collected.unit;
    expect([reading?.missing('pods', 'shop'), reading?.missing('namespaces', 'shop')]).toEqual([undefined, undefined]);
    expect(reading?.missing('pods', 'other')?.because).toContain('other namespaces');
  });

  test('everywhere is a gap for each kind and each namespace', async () => {
    const collected = await collectWith((path, _, response) => path !== '/apis' && refuse(response, 403), { namespaces: ['a', 'b'] });
    expect(reasons(collected)).toContain('list pods in namespace a is forbidden (403)');
    expect(reasons(collected)).toContain('get namespaces in namespace b is forbidden (403)');
    expect(collected.gaps).toHaveLength(11);
    expect(collected.unit.resources).toEqual([]);
  });
});

test('an API group that is not served has no objects, and that is no gap', async () => {
  const collected = await collectWith(() => false);
  expect(collected.unit.reading?.missing('argoproj.io/rollouts', '')).toBeUndefined();
});

test('404 of a group that discovery promised is a gap', async () => {
  const collected = await collectWith((path, _, response) => path.startsWith('/apis/rbac') && refuse(response, 404));
  expect(reasons(collected)).toEqual(['list clusterroles.rbac.authorization.k8s.io: the API server does not know it (404)']);
});

describe('a group whose own server is down', () => {
  const gap = 'list rollouts of argoproj.io: the server that answers for this group is down';
  const discovery = RECORDED['/apis'];

  test('is a gap, and not a group of which nothing is there', async () => {
    const stale = { metadata: { name: 'argoproj.io' }, versions: [{ version: 'v1', freshness: 'Stale' }] };
    const collected = await collectWith((path, _, response) => {
      if (path !== '/apis') return false;
      sendJson(response, { ...discovery, items: [...(discovery?.items ?? []), stale] });
      return true;
    });
    expect(reasons(collected)).toEqual([gap]);
    expect(collected.unit.reading?.missing('argoproj.io/rollouts', 'shop')?.because).toBe(gap);
    expect(namesOf(collected)).toEqual(EVERYTHING);
  });

  test('is one for older servers, too, which are asked for each group', async () => {
    const groups = ['apps', 'argoproj.io'].map((name) => ({ name, versions: [{ version: 'v1' }], preferredVersion: { version: 'v1' } }));
    const resources = [
      { name: 'deployments', kind: 'Deployment' },
      { name: 'replicasets', kind: 'ReplicaSet' },
    ];
    const collected = await collectWith((path, _, response) => {
      if (path === '/apis') sendJson(response, { kind: 'APIGroupList', groups });
      else if (path === '/apis/apps/v1') sendJson(response, { kind: 'APIResourceList', resources });
      else if (path === '/apis/argoproj.io/v1') refuse(response, 503);
      else return false;
      return true;
    });
    expect(reasons(collected)).toEqual([gap]);
    expect(namesOf(collected)).toEqual(EVERYTHING);
  });
});

test('without discovery nothing is read, and that is said once', async () => {
  const collected = await collectWith((path, _, response) => path === '/apis' && refuse(response, 403));
  expect(reasons(collected)).toEqual(['the cluster could not be read: it is forbidden (403)']);
  expect(collected.unit.reading?.missing('pods', 'shop')?.because).toContain('could not be read');
});

test('an old API server is asked group by group', async () => {
  const fault: Fault = (path, _, response) => {
    if (path === '/apis') sendJson(response, { kind: 'APIGroupList', groups: [{ name: 'apps', preferredVersion: { version: 'v1' }, versions: [{ version: 'v1' }] }] });
    else if (path === '/apis/apps/v1') sendJson(response, { kind: 'APIResourceList', resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true }] });
    else return false;
    return true;
  };
  const collected = await collectWith(fault);
  expect(reasons(collected)).toEqual([]);
  expect(namesOf(collected)).toEqual(['ConfigMap settings', 'Deployment api', 'Namespace shop', ...[1, 2, 3].map((n) => `Pod api-5d4f-${n}`)]);
});

describe('paging', () => {
  const all = Array.from({ length: 1200 }, (_, index) => ({ metadata: { name: `c${index}`, namespace: 'shop' }, data: { at: String(index) } }));
  const page = (from: number, limit: number): object => ({
    kind: 'ConfigMapList',
    metadata: from + limit < all.length ? { continue: String(from + limit) } : {},
    items: all.slice(from, from + limit),
  });
  const asked = (url: string | undefined): { from: number; limit: number } => {
    const { searchParams } = new URL(url ?? '', 'http://x');
    return { from: Number(searchParams.get('continue') ?? 0), limit: Number(searchParams.get('limit')) };
  };
  const paged =
    (more: Fault = () => false): Fault =>
    (path, nth, response, request) => {
      if (path !== '/api/v1/configmaps') return false;
      if (more(path, nth, response, request)) return true;
      const { from, limit } = asked(request.url);
      sendJson(response, page(from, limit));
      return true;
    };
  const configMaps = ({ unit }: CollectedCluster): number => unit.resources.filter(({ value }) => value['kind'] === 'ConfigMap').length;

  test('500 at a time, with the token of the page before', async () => {
    const collected = await collectWith(paged());
    expect(configMaps(collected)).toBe(1200);
    expect(collected.asked.filter((path) => path.includes('configmaps'))).toEqual(
      ['?limit=500', '?limit=500&continue=500', '?limit=500&continue=1000'].map((query) => `/api/v1/configmaps${query}`),
    );
  });

  test('410 in the middle begins the list again, and nothing is read twice', async () => {
    const collected = await collectWith(paged((_, nth, response) => nth === 2 && refuse(response, 410)));
    expect(reasons(collected)).toEqual([]);
    expect(configMaps(collected)).toBe(1200);
  });

  test('410 again and again is a gap, not a loop', async () => {
    const collected = await collectWith(paged((_, __, response, request) => asked(request.url).from > 0 && refuse(response, 410)));
    expect(reasons(collected)).toEqual(['list configmaps in all namespaces: the list went out of date while it was read (410)']);
    expect(collected.asked.filter((path) => path.includes('configmaps'))).toHaveLength(8);
  });

  test('a page that is too large is asked for in smaller ones', async () => {
    const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024, ' '));
    const fault = paged((_, __, response, request) => {
      if (asked(request.url).limit < 500) return false;
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);
      return true;
    });
    const collected = await collectWith(fault);
    expect(reasons(collected)).toEqual([]);
    expect(configMaps(collected)).toBe(1200);
  });

  test('one object that is too large is a gap', async () => {
    const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024, ' '));
    const collected = await collectWith(
      atFirst('/api/v1/configmaps', 99, (_, __, response) => response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb)),
    );
    expect(reasons(collected)).toEqual(['list configmaps in all namespaces: an answer of it is larger than 64 MiB']);
  });
});

describe('what passes is tried again', () => {
  test.each<[string, number, (...args: Parameters<Fault>) => void]>([
    ['429 with Retry-After', 2, (_, __, response) => refuse(response, 429, { 'retry-after': '0' })],
    ['500', 3, (_, __, response) => refuse(response, 500)],
    ['503', 3, (_, __, response) => refuse(response, 503)],
    ['a reset before the answer', 3, (_, __, response) => response.destroy()],
    [
      'a reset in a page',
      3,
      (_, __, response) => response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' }).write('{"items": [', () => response.destroy()),
    ],
    ['JSON that breaks off', 3, (_, __, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"items": [{"metadata":')],
    ['damaged gzip', 3, (_, __, response) => response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('no gzip')],
  ])('%s', async (_, times, answer) => {
    const collected = await collectWith(atFirst(PODS, times, answer));
    expect(reasons(collected)).toEqual([]);
    expect(namesOf(collected)).toEqual(EVERYTHING);
    expect(collected.source.requests).toBe(7 + times);
  });
});

describe('what does not pass is a gap after a few tries', () => {
  test.each<[string, string, number, (...args: Parameters<Fault>) => void]>([
    ['429', 'the API server is overloaded (429)', 4, (_, __, response) => refuse(response, 429)],
    ['500', 'the API server failed (500)', 4, (_, __, response) => refuse(response, 500)],
    ['400', 'the API server answered with status 400', 1, (_, __, response) => refuse(response, 400)],
    ['a redirect', 'the API server answered with status 302', 1, (_, __, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end()],
    ['resets', 'cannot be reached (ECONNRESET)', 4, (_, __, response) => response.destroy()],
    ['JSON that breaks off', 'its answer breaks off or is no JSON', 4, (_, __, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"items": [')],
    ['a page of HTML', 'it does not answer with JSON', 4, (_, __, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['JSON that is no list', 'its answer is no list', 1, (_, __, response) => sendJson(response, { kind: 'Pod' })],
    ['JSON that is no object', 'its answer is no JSON object', 4, (_, __, response) => sendJson(response, [])],
  ])('%s', async (_, because, times, answer) => {
    const collected = await collectWith(atFirst(PODS, 99, answer));
    expect(reasons(collected)).toEqual([expect.stringMatching(/^list pods in all namespaces: /)]);
    expect(reasons(collected)[0]).toContain(because);
    expect(collected.asked.filter((path) => path.startsWith(PODS))).toHaveLength(times);
    expect(collected.unit.reading?.missing('pods', 'shop')).toBeDefined();
  });
});

describe('the end of the time', () => {
  test.each<[string, (...args: Parameters<Fault>) => void]>([
    ['an answer that never comes', () => undefined],
    ['an answer that comes byte by byte', (_, __, response) => void setInterval(() => response.write(' '), 20).unref()],
    ['a server that asks for patience', (_, __, response) => refuse(response, 429, { 'retry-after': '3600' })],
  ])('%s', async (_, answer) => {
    const { signal, end } = ending('out-of-time');
    // Pods are listed last: everything else was read by then.
    const fault = atFirst(PODS, 99, (path, nth, response, request) => {
      response.setHeader('content-type', 'application/json');
      answer(path, nth, response, request);
      setTimeout(end, 100);
    });
    const collected = await collectWith(fault, { signal });
    expect(reasons(collected)).toEqual(['the reading ended (out-of-time) before these were read: pods']);
    expect(namesOf(collected)).toEqual(EVERYTHING);
  });

  test('an interrupt keeps what was read, and names what was not, once', async () => {
    const { signal, end } = ending('interrupted');
    let left = 4;
    const fault: Fault = (path, _, response) => {
      if (path.includes('configmaps')) return true;
      if (path !== '/apis') response.on('close', () => --left === 0 && setTimeout(end, 200));
      return false;
    };
    const collected = await collectWith(fault, { signal });
    expect(reasons(collected)).toEqual(['the reading ended (interrupted) before these were read: configmaps, pods']);
    expect(namesOf(collected)).toEqual(['Deployment api', 'Namespace shop']);
  });
});

describe('who asks', () => {
  const onlyFor =
    (token: string): Fault =>
    (_, __, response, request) =>
      request.headers.authorization !== `Bearer ${token}` && refuse(response, 401);

  /** Gives another token each time that it is asked. */
  function plugin(body: string): string {
    const file = join(temporaryFolder(), 'plugin');
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
    return file;
  }
  const credential = (token: string, expires = ''): string =>
    `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${token}"${expires === '' ? '' : `,"expirationTimestamp":"${expires}"`}}}`;

  test.each([401, 403])('without credentials, %i is not told as a lack of rights', async (status) => {
    const tls = certificatesFor('IP:127.0.0.1');
    const api = await startFakeApi({ tls, fault: (_, __, response) => refuse(response, status) });
    const { gaps } = await collect(api.target({ user: {}, cluster: { 'certificate-authority-data': tls.ca.toString('base64') } }));
    expect(gaps.length).toBeGreaterThan(0);
    for (const { hint } of gaps) expect(hint).toBe('the kubeconfig names no credentials for this context: add its user, or use another --context');
    expect(reasons({ gaps } as CollectedCluster).some((because) => because.includes('these credentials'))).toBe(false);
  });

  test('kubectl proxy knows who asks, and no kubeconfig has to', async () => {
    const api = await startFakeApi({ fault: (_, __, response) => refuse(response, 403) });
    const { gaps } = await collect(api.target({ user: {} }));
    expect(gaps.length).toBeGreaterThan(0);
    for (const { hint } of gaps) expect(hint).not.toContain('names no credentials');
  });

  test('401 is said once', async () => {
    const collected = await collectWith((_, __, response) => refuse(response, 401));
    expect(reasons(collected)).toEqual(['the cluster could not be read: the API server does not accept these credentials (401)']);
  });

  test('a token of a plugin that the server no longer takes is renewed', async () => {
    const counter = join(temporaryFolder(), 'count');
    const command = plugin(`echo x >> ${counter}; n=$(wc -l < ${counter}); echo '${credential('token-N')}' | sed "s/token-N/token-$n/"`);
    const api = await startFakeApi({ fault: onlyFor('token-2') });
    const collected = await collect(api.target({ user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command } } }));
    expect(reasons(collected)).toEqual([]);
    expect(namesOf(collected)).toEqual(EVERYTHING);
  });

  test('a plugin hears of the cluster what client-go tells it', async () => {
    const command = plugin(`case "$KUBERNETES_EXEC_INFO" in *'"kind":"ExecCredential"'*'"interactive":false'*) echo '${credential('informed')}';; esac`);
    const api = await startFakeApi({ fault: onlyFor('informed') });
    expect(reasons(await collect(api.target({ user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command, env: null } } })))).toEqual([]);
  });

  test.each([
    ['fails', `echo ${TOKEN} >&2; exit 1`, 'gave no credentials'],
    ['says nothing', 'exit 0', 'gave no credentials'],
    ['talks nonsense', `echo ${TOKEN}`, 'gave no credentials'],
  ])('a plugin that %s is a gap without its words', async (_, body, because) => {
    const api = await startFakeApi();
    const collected = await collect(api.target({ user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin(body) } } }));
    expect(reasons(collected)).toEqual([expect.stringContaining(because)]);
    expect(JSON.stringify(collected.gaps)).not.toContain(TOKEN);
  });

  test('a plugin that is not there says so', async () => {
    const api = await startFakeApi();
    const collected = await collect(api.target({ user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin' } } }));
    expect(collected.gaps).toEqual([
      {
        about: 'test',
        because: 'the cluster could not be read: the credential plugin no-such-plugin is not installed',
        hint: 'install no-such-plugin, which the kubeconfig names',
      },
    ]);
  });

  test('a plugin that waits for a browser ends with the time', async () => {
    const { signal, end } = ending('out-of-time');
    setTimeout(end, 200);
    const api = await startFakeApi();
    const collected = await collect(api.target({ user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin('exec sleep 600') } } }), {
      signal,
    });
    expect(reasons(collected)).toEqual(['the cluster could not be read: the reading ended (out-of-time)']);
  });

  test.each([
    ['has run out', tokenUntil(0), 'has run out'],
    ['is not there', undefined, 'is missing'],
    ['is empty', '', 'is missing'],
  ])('an OpenID token that %s is not asked for anew: the refresh token may be good for one time alone, which is the user’s', async (_, token, because) => {
    const api = await startFakeApi();
    const user = { 'auth-provider': { name: 'oidc', config: { 'idp-issuer-url': api.url, 'client-id': 'x', 'id-token': token, 'refresh-token': TOKEN } } };
    const { gaps } = await collect(api.target({ user }));
    expect(gaps).toEqual([
      { about: 'test', because: `the cluster could not be read: the OpenID token of the kubeconfig ${because}`, hint: expect.stringContaining('kubectl get namespaces') },
    ]);
    expect(api.asked).toEqual([]);
  });

  test.each([tokenUntil(Date.now() + 3_600_000), 'no.token.at-all', 'opaque'])('an OpenID token goes to the API server as it is (%#)', async (token) => {
    const api = await startFakeApi({ fault: onlyFor(token) });
    expect(reasons(await collect(api.target({ user: { 'auth-provider': { name: 'oidc', config: { 'id-token': token } } } })))).toEqual([]);
  });

  test('a token file may end with a line break', async () => {
    const tokenFile = join(temporaryFolder(), 'token');
    writeFileSync(tokenFile, 'from-a-file\n');
    const api = await startFakeApi({ fault: onlyFor('from-a-file') });
    expect(reasons(await collect(api.target({ user: { tokenFile } })))).toEqual([]);
  });

  test('a token file that is not there is named', async () => {
    const api = await startFakeApi();
    const collected = await collect(api.target({ user: { tokenFile: '/nowhere/token' } }));
    expect(reasons(collected)).toEqual(['the cluster could not be read: /nowhere/token, which the kubeconfig names, cannot be read (ENOENT)']);
  });

  test('as another user, member of groups', async () => {
    const heard: unknown[] = [];
    const fault: Fault = (_, __, ___, { headers }) => {
      heard.push([headers['impersonate-user'], headers['impersonate-group'], headers['impersonate-uid']]);
      return false;
    };
    const api = await startFakeApi({ fault });
    await collect(api.target({ impersonation: { user: 'jane', groups: ['dev', 'ops'], uid: '7' } }));
    expect(heard[0]).toEqual(['jane', 'dev, ops', '7']);
  });
});

describe('TLS', () => {
  test('with the authority of the kubeconfig', async () => {
    const tls = certificatesFor('IP:127.0.0.1');
    const api = await startFakeApi({ tls });
    const collected = await collect(api.target({ cluster: { 'certificate-authority-data': tls.ca.toString('base64') } }));
    expect(namesOf(collected)).toEqual(EVERYTHING);
  });

  test('with an unknown authority', async () => {
    const api = await startFakeApi({ tls: certificatesFor('IP:127.0.0.1') });
    expect(reasons(await collect(api.target()))).toEqual([expect.stringMatching(/certificate of the API server is not trusted \([A-Z_]+\)$/)]);
  });

  test('for another name, unless the kubeconfig says which', async () => {
    const tls = certificatesFor('DNS:api.example.com');
    const api = await startFakeApi({ tls });
    const cluster = { 'certificate-authority-data': tls.ca.toString('base64') };
    expect(reasons(await collect(api.target({ cluster })))).toEqual(['the cluster could not be read: the certificate of the API server is for another name']);
    expect(reasons(await collect(api.target({ cluster: { ...cluster, 'tls-server-name': 'api.example.com' } })))).toEqual([]);
  });
});

test.each([
  ['CERT_HAS_EXPIRED', 'the certificate of the API server has expired'],
  ['CERT_NOT_YET_VALID', 'the certificate of the API server is not valid yet'],
])('%s may be the fault of a clock', (code, because) => {
  const fault = connectionError(Object.assign(new Error(TOKEN), { code }), 'https://prod');
  expect([fault.fault, fault.message, fault.hint]).toEqual(['untrusted', because, 'check the clock of this machine, then renew the certificate']);
});

describe('a proxy in between', () => {
  test('of the kubeconfig', async () => {
    const tls = certificatesFor('IP:127.0.0.1');
    const [api, proxy] = await Promise.all([startFakeApi({ tls }), startProxy()]);
    const collected = await collect(api.target({ cluster: { 'certificate-authority-data': tls.ca.toString('base64'), 'proxy-url': proxy.url } }));
    expect(namesOf(collected)).toEqual(EVERYTHING);
    // Connections are kept: there are no more than lists at a time.
    expect(proxy.connected.length).toBeGreaterThan(0);
    expect(proxy.connected.length).toBeLessThanOrEqual(4);
  });

  test.each(['socks5', 'socks5h'])('of the kind that ssh opens (%s)', async (scheme) => {
    const tls = certificatesFor('IP:127.0.0.1');
    const [api, proxy] = await Promise.all([startFakeApi({ tls }), startSocksProxy()]);
    const cluster = { 'certificate-authority-data': tls.ca.toString('base64'), 'proxy-url': `${scheme}://${proxy.host}` };
    const collected = await collect(api.target({ cluster }));
    expect(collected.gaps).toEqual([]);
    expect(namesOf(collected)).toEqual(EVERYTHING);
    expect(new Set(proxy.connected)).toEqual(new Set([new URL(api.url).host]));
    expect(proxy.connected.length).toBeLessThanOrEqual(4);
  });

  test.each(['http', 'socks5'])('that ends at somebody else (%s)', async (scheme) => {
    const tls = certificatesFor('IP:127.0.0.9');
    const [api, http, socks] = await Promise.all([startFakeApi({ tls }), startProxy(), startSocksProxy()]);
    const cluster = { 'certificate-authority-data': tls.ca.toString('base64'), 'proxy-url': scheme === 'http' ? http.url : `socks5://${socks.host}` };
    expect(reasons(await collect(api.target({ cluster })))).toEqual(['the cluster could not be read: the certificate of the API server is for another name']);
  });

  test('that is not there', async () => {
    const api = await startFakeApi({ tls: certificatesFor('IP:127.0.0.1') });
    expect(reasons(await collect(api.target({ cluster: { 'proxy-url': 'socks5://127.0.0.1:1' } })))).toEqual([expect.stringContaining('cannot be reached')]);
  });

  test('that lets nobody through', async () => {
    const tls = certificatesFor('IP:127.0.0.1');
    const [api, proxy] = await Promise.all([startFakeApi({ tls }), startProxy(407)]);
    const url = proxy.url.replace('//', `//user:${TOKEN}@`);
    const collected = await collect(api.target({ cluster: { 'proxy-url': url } }));
    expect(reasons(collected)).toEqual(['the cluster could not be read: the proxy does not let us through (407)']);
    expect(JSON.stringify(collected.gaps)).not.toContain(TOKEN);
  });
});

test('a client certificate that is none is not the network’s fault', async () => {
  const api = await startFakeApi();
  const none = Buffer.from(TOKEN).toString('base64');
  const { gaps } = await collect(api.target({ server: 'https://127.0.0.1:1', user: { 'client-certificate-data': none, 'client-key-data': none } }));
  expect(gaps).toMatchObject([
    {
      because: expect.stringMatching(/^the cluster could not be read: the client certificate and key of the kubeconfig cannot be used \(ERR_OSSL_\w+\)$/),
      hint: 'check client-certificate and client-key in the kubeconfig: both are PEM, and one is made for the other',
    },
  ]);
  expect(JSON.stringify(gaps)).not.toContain(none);
});

test('nobody listens', async () => {
  const api = await startFakeApi();
  const server = 'http://127.0.0.1:1';
  expect(reasons(await collect(api.target({ server })))).toEqual(['the cluster could not be read: 127.0.0.1:1 cannot be reached (ECONNREFUSED)']);
});
