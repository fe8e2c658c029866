import { describe, expect, test } from 'vitest';
import { isDigest, isTagMoving, parseImageReference } from '../../src/facts/image-reference.ts';
import { isRootUser } from '../../src/facts/images.ts';
import { compose, derive, dockerfile, kubernetes, lineOf } from './support.ts';

const UNKNOWN = undefined;
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('references are read as container runtimes read them', () => {
  test.each<[string, string, string, string, string]>([
    // reference, registry, repository, tag, digest
    ['redis', 'docker.io', 'library/redis', '', ''],
    ['redis:8.2', 'docker.io', 'library/redis', '8.2', ''],
    ['bitnami/redis', 'docker.io', 'bitnami/redis', '', ''],
    ['docker.io/redis:8', 'docker.io', 'library/redis', '8', ''],
    ['docker.io/library/redis', 'docker.io', 'library/redis', '', ''],
    ['index.docker.io/library/redis', 'docker.io', 'library/redis', '', ''],
    ['registry.local:5000/app', 'registry.local:5000', 'app', '', ''],
    ['registry.local:5000/app:1', 'registry.local:5000', 'app', '1', ''],
    ['registry.local:5000/team/app:1', 'registry.local:5000', 'team/app', '1', ''],
    ['localhost/app', 'localhost', 'app', '', ''],
    ['localhost:5000/app', 'localhost:5000', 'app', '', ''],
    ['gcr.io/distroless/static:nonroot', 'gcr.io', 'distroless/static', 'nonroot', ''],
    ['quay.io.evil.com/x', 'quay.io.evil.com', 'x', '', ''],
    ['[::1]:5000/app:1', '[::1]:5000', 'app', '1', ''],
    ['MyRegistry/app', 'MyRegistry', 'app', '', ''],
    [`redis@${DIGEST}`, 'docker.io', 'library/redis', '', DIGEST],
    [`redis:8.2@${DIGEST}`, 'docker.io', 'library/redis', '8.2', DIGEST],
    [`registry.local:5000/app@${DIGEST}`, 'registry.local:5000', 'app', '', DIGEST],
    [' redis:8 ', 'docker.io', 'library/redis', '8', ''],
  ])('%s', (text, registry, repository, tag, digest) => {
    expect(parseImageReference(text)).toMatchObject({ registry, repository, tag, digest, isResolved: true });
  });

  test.each(['', '  ', '${IMAGE}', 'app:${TAG}', '{{ .Values.image }}', 'app:<version>', '$(IMAGE)', 'two words'])('nothing can be said of %j', (text) => {
    expect(parseImageReference(text).isResolved).toBe(false);
  });
});

describe('tags that move', () => {
  test.each<[string, boolean]>([
    ['app', true],
    ['app:latest', true],
    ['app:LATEST', true],
    ['app:stable', true],
    ['app:main', true],
    ['app:edge', true],
    ['app:latest-alpine', true],
    ['app:alpine-latest', true],
    ['app:1', false],
    ['app:1.4.2', false],
    ['app:1.4.2-alpine', false],
    ['app:20250101', false],
    ['app:f3a9c1e', false],
    ['registry.local:5000/app', true],
    [`app@${DIGEST}`, false],
    [`app:latest@${DIGEST}`, false],
  ])('%s: %s', (text, expected) => {
    expect(isTagMoving(parseImageReference(text))).toBe(expected);
  });
});

describe('digests', () => {
  test.each<[string, boolean]>([
    [DIGEST, true],
    [`sha512:${'0'.repeat(128)}`, true],
    ['', false],
    ['sha256:', false],
    ['sha256:abc', false],
    [DIGEST.toUpperCase(), false],
    [`${DIGEST}0`, false],
    [`sha256:${'g'.repeat(64)}`, false],
  ])('%s: %s', (digest, expected) => {
    expect(isDigest(digest)).toBe(expected);
  });
});

describe('users of images', () => {
  test.each<[string, boolean]>([
    ['', true],
    ['root', true],
    ['root:root', true],
    ['0', true],
    ['00', true],
    ['+0', true],
    ['-0', true],
    ['0:1000', true],
    [' 0 ', true],
    [':1000', true],
    ['1000', false],
    ['1000:0', false],
    ['app', false],
    ['rootless', false],
    ['10', false],
  ])('%j is root: %s', (user, expected) => {
    expect(isRootUser(user)).toBe(expected);
  });
});

describe('the image of a container', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['a tag', 'app:1', { tag: '1', digest: '', isTagMoving: false, isDigestPinned: false }],
    ['a digest', `app@${DIGEST}`, { tag: '', digest: DIGEST, isTagMoving: false, isDigestPinned: true }],
    ['a placeholder', 'app:${TAG}', { reference: 'app:${TAG}', tag: UNKNOWN, registry: UNKNOWN, repository: UNKNOWN, isTagMoving: UNKNOWN, isDigestPinned: UNKNOWN }],
    ['what only its configuration says', 'app:1', { runsAsRoot: UNKNOWN, hasNumericUser: UNKNOWN, hasHealthCheck: UNKNOWN, exposesRemoteShell: UNKNOWN, isBuiltHere: false }],
  ])('%s', (_, image, expected) => {
    const subjects = kubernetes(`{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: "${image}"}]}}`);
    expect(subjects.facts('image', Object.keys(expected))).toEqual(expected);
  });

  test('an image that two containers name is one subject, where it is first named', () => {
    const subjects = kubernetes({
      'a.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: c\n      image: app:1\n    - name: d\n      image: app:1\n',
      'b.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec:\n  containers:\n    - name: c\n      image: app:2\n',
    });
    expect(subjects.of('image').map((image) => `${image.identity().name} ${lineOf(image, 'image.tag')}`)).toEqual(['app:1 a.yaml:7', 'app:2 b.yaml:7']);
  });

  test('no image is none', () => {
    expect(kubernetes('{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c}, {name: d, image: ""}]}}').of('image')).toHaveLength(0);
  });
});

describe('the image of a Dockerfile', () => {
  const facts = (text: string, keys: readonly string[]): Record<string, unknown> => kubernetes({ Dockerfile: text }).facts('image', keys);
  test.each<[string, string, Record<string, unknown>]>([
    ['USER by number', 'FROM a:1\nUSER 7', { runsAsRoot: false, hasNumericUser: true }],
    ['USER by number with a sign', 'FROM a:1\nUSER +7:7', { runsAsRoot: false, hasNumericUser: true }],
    ['USER by name', 'FROM a:1\nUSER app:app', { runsAsRoot: false, hasNumericUser: false }],
    ['USER of a name that begins with a digit', 'FROM a:1\nUSER 7up', { runsAsRoot: false, hasNumericUser: false }],
    ['no USER', 'FROM a:1', { runsAsRoot: UNKNOWN, hasNumericUser: UNKNOWN }],
    ['no USER FROM scratch', 'FROM scratch', { runsAsRoot: true, hasNumericUser: false }],
    ['USER of a stage that it builds on', 'FROM a:1 AS b\nUSER 7\nFROM b', { runsAsRoot: false }],
    ['USER by an argument', 'FROM a:1\nARG U\nUSER $U', { runsAsRoot: UNKNOWN, hasNumericUser: UNKNOWN }],
    ['HEALTHCHECK', 'FROM a:1\nHEALTHCHECK CMD x', { hasHealthCheck: true }],
    ['HEALTHCHECK NONE', 'FROM a:1\nHEALTHCHECK NONE', { hasHealthCheck: false }],
    ['no HEALTHCHECK', 'FROM a:1', { hasHealthCheck: UNKNOWN }],
    ['EXPOSE of SSH', 'FROM a:1\nEXPOSE 80 22', { exposesRemoteShell: true }],
    ['EXPOSE of a range that holds it', 'FROM a:1\nEXPOSE 20-25', { exposesRemoteShell: true }],
    ['EXPOSE of a debugger', 'FROM a:1\nEXPOSE 9229/tcp', { exposesRemoteShell: true }],
    ['EXPOSE of something else', 'FROM a:1\nEXPOSE 8080', { exposesRemoteShell: false }],
    ['it has no name', 'FROM a:1', { reference: '', isBuiltHere: true, isTagMoving: UNKNOWN, isDigestPinned: UNKNOWN }],
  ])('%s', (_, text, expected) => {
    expect(facts(text, Object.keys(expected))).toEqual(expected);
  });

  test.each<[string, string]>([
    ['image.runsAsRoot', 'Dockerfile:4'],
    ['image.hasHealthCheck', 'Dockerfile:3'],
    ['image.exposesRemoteShell', 'Dockerfile:2'],
    ['image.isBuiltHere', 'Dockerfile:1'],
  ])('%s stands at %s', (fact, place) => {
    expect(lineOf(kubernetes({ Dockerfile: 'FROM a:1\nEXPOSE 22\nHEALTHCHECK NONE\nUSER 0' }).one('image'), fact)).toBe(place);
  });

  test.each<[string, string, Record<string, unknown>[]]>([
    ['one stage', 'FROM a:1', [{ reference: 'a:1', stage: '0', isFinal: true, isTagMoving: false, isDigestPinned: false }]],
    [
      'the last one is shipped',
      `FROM go:1 AS build\nFROM a@${DIGEST}`,
      [
        { reference: 'go:1', stage: 'build', isFinal: false, isTagMoving: false, isDigestPinned: false },
        { reference: `a@${DIGEST}`, stage: '1', isFinal: true, isTagMoving: false, isDigestPinned: true },
      ],
    ],
    [
      'a stage that builds on another ships the base of that one',
      'FROM go:1 AS build\nFROM a:1 AS Base\nFROM base AS app\nFROM app',
      [
        { reference: 'go:1', stage: 'build', isFinal: false, isTagMoving: false, isDigestPinned: false },
        { reference: 'a:1', stage: 'Base', isFinal: true, isTagMoving: false, isDigestPinned: false },
      ],
    ],
    ['scratch is no base', 'FROM go:latest AS build\nFROM scratch', [{ reference: 'go:latest', stage: 'build', isFinal: false, isTagMoving: true, isDigestPinned: false }]],
    ['an argument without a default', 'ARG TAG\nFROM a:$TAG', [{ reference: 'a:${TAG}', stage: '0', isFinal: true, isTagMoving: UNKNOWN, isDigestPinned: UNKNOWN }]],
  ])('bases: %s', (_, text, expected) => {
    const keys = ['reference', 'stage', 'isFinal', 'isTagMoving', 'isDigestPinned'];
    const bases = kubernetes({ Dockerfile: text }).of('base');
    expect(bases.map(({ facts }) => Object.fromEntries(keys.map((key) => [key, (facts as Record<string, unknown>)[key]])))).toEqual(expected);
  });
});

test('a Dockerfile built by a compose project of another unit is judged once', () => {
  const files = { 'compose.yaml': 'name: shop\nservices: {app: {build: {context: ., target: dev}}}', Dockerfile: 'FROM a:1 AS dev\nUSER 0\nFROM a:1\nUSER 7' };
  const composed = compose(files).one('workload').resource;
  const subjects = derive([
    { kind: 'folder', name: '.', resources: [dockerfile(files.Dockerfile)] },
    { kind: 'compose', name: 'compose.yaml', resources: [composed] },
  ]);
  expect(subjects.of('image').map(({ facts }) => (facts as { runsAsRoot?: boolean }).runsAsRoot)).toEqual([true]);
});
