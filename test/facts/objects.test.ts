import { describe, expect, test } from 'vitest';
import { compose, kubernetes, lineOf, type Subjects } from './support.ts';

describe('APIs that are no longer served', () => {
  test.each<[string, string, number]>([
    ['extensions/v1beta1', 'Deployment', 16],
    ['extensions/v1beta1', 'Ingress', 22],
    ['extensions/v1beta1', 'PodSecurityPolicy', 16],
    ['apps/v1beta1', 'StatefulSet', 16],
    ['apps/v1beta2', 'Anything', 16],
    ['policy/v1beta1', 'PodSecurityPolicy', 25],
    ['policy/v1beta1', 'PodDisruptionBudget', 25],
    ['batch/v1beta1', 'CronJob', 25],
    ['networking.k8s.io/v1beta1', 'Ingress', 22],
    ['rbac.authorization.k8s.io/v1beta1', 'Role', 22],
    ['apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', 22],
    ['autoscaling/v2beta1', 'HorizontalPodAutoscaler', 25],
    ['autoscaling/v2beta2', 'HorizontalPodAutoscaler', 26],
    ['flowcontrol.apiserver.k8s.io/v1beta1', 'FlowSchema', 26],
    ['flowcontrol.apiserver.k8s.io/v1beta2', 'FlowSchema', 29],
    ['flowcontrol.apiserver.k8s.io/v1beta3', 'FlowSchema', 32],
    ['storage.k8s.io/v1beta1', 'CSIStorageCapacity', 27],
    ['storage.k8s.io/v1beta1', 'StorageClass', 22],
    ['apps/v1', 'Deployment', 0],
    ['networking.k8s.io/v1', 'Ingress', 0],
    ['batch/v1beta1', 'Job', 0],
    ['example.com/v1beta1', 'Ingress', 0],
    ['constructor', 'Ingress', 0],
    ['extensions/v1beta1', 'constructor', 0],
    ['extensions/v1beta1', '__proto__', 0],
  ])('%s %s: %i', (apiVersion, kind, expected) => {
    expect(kubernetes(`{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: a}}`).fact('object.removedIn')).toBe(expected);
  });
});

describe('names', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['a name', '{apiVersion: v1, kind: Service, metadata: {name: a, namespace: b}}', { name: 'a', namespaceName: 'b', kind: 'Service', apiVersion: 'v1' }],
    ['a generated name', '{apiVersion: batch/v1, kind: Job, metadata: {generateName: a-}}', { name: 'a-', namespaceName: '' }],
    ['no metadata', '{apiVersion: v1, kind: Service}', { name: '', namespaceName: '' }],
    ['a number', '{apiVersion: v1, kind: Service, metadata: {name: 12}}', { name: '12' }],
    ['metadata of the wrong type', '{apiVersion: v1, kind: Service, metadata: [a]}', { name: '' }],
  ])('%s', (_, text, expected) => {
    expect(kubernetes(text).facts('object', Object.keys(expected))).toEqual(expected);
  });

  test('compose files and Dockerfiles are objects, too', () => {
    expect(compose('name: shop\nservices: {}').facts('object', ['kind', 'name', 'apiVersion', 'removedIn'])).toEqual({
      kind: 'Compose',
      name: 'shop',
      apiVersion: '',
      removedIn: 0,
    });
    expect(kubernetes({ 'app/Dockerfile': 'FROM a:1' }).facts('object', ['kind', 'name'])).toEqual({ kind: 'Dockerfile', name: 'app/Dockerfile' });
  });
});

describe('duplicate keys', () => {
  test('are told with their places', () => {
    const subject = kubernetes('apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  name: b\nspec: {}\nspec: {}\n').one('object');
    expect(subject.facts).toMatchObject({ duplicateKeys: expect.arrayContaining(['name', 'spec']) });
    expect(lineOf(subject, 'object.duplicateKeys').split(' ').sort()).toEqual(['app.yaml:5', 'app.yaml:7']);
  });

  test('without any, the place is the object', () => {
    expect(lineOf(kubernetes('apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n').one('object'), 'object.duplicateKeys')).toBe('app.yaml:4');
  });
});

describe('entries of ConfigMaps', () => {
  const config = (data: string): Subjects => kubernetes(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n${data}\n`);
  test.each<[string, string, string]>([
    ['harmless', '  HOST: db', ''],
    ['a secret’s name', '  DB_PASSWORD: hunter2', 'value of a secret name'],
    ['a secret’s name with a number', '  DB_PASSWORD: 12345678', 'value of a secret name'],
    ['a secret’s name with a reference', '  DB_PASSWORD: ${DB_PASSWORD}', ''],
    ['a password in a URL', '  A: postgres://app:hunter2@db/app', 'password in a URL'],
    ['a file', '  app.properties: |\n    # settings\n    db.host=db\n    db.password=hunter2\n', 'value of db.password'],
    ['a YAML file', '  app.yaml: |\n    db:\n      password: hunter2\n', 'value of password'],
    ['a JSON file', '  app.json: |\n    {\n      "password": "hunter2",\n      "host": "db"\n    }\n', 'value of password'],
    ['redis.conf', '  redis.conf: |\n    port 6379\n    requirepass hunter2\n', 'value of requirepass'],
    ['a file with a reference', '  app.properties: |\n    db.host=db\n    db.password=${DB_PASSWORD}\n', ''],
    ['a comment', '  app.properties: |\n    db.host=db\n    # db.password=hunter2 is not it\n', ''],
    ['null', '  DB_PASSWORD: null', ''],
    ['a mapping, which no API server takes', '  DB_PASSWORD: {a: hunter2}', ''],
  ])('%s', (_, data, secretKind) => {
    expect(config(data).facts('entry', ['owner', 'secretKind', 'holdsLiteralSecret'])).toEqual({ owner: 'ConfigMap', secretKind, holdsLiteralSecret: secretKind !== '' });
  });

  test('a very long line ends', () => {
    expect(config(`  a: |\n    ${'x'.repeat(100_000)}=${'y '.repeat(50_000)}\n    b: c`).fact('entry.secretKind')).toBe('');
  });
});

describe('entries of Secrets', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const secret = (data: string, more = ''): Subjects => kubernetes(`apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${more}${data}\n`);
  const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const KEY = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n';
  test.each<[string, string, string]>([
    ['data', `data: {password: ${base64('hunter2')}}`, 'data of a Secret'],
    ['stringData', 'stringData: {password: hunter2}', 'data of a Secret'],
    ['what can be told by its shape', 'stringData: {url: "postgres://app:hunter2@db/app"}', 'password in a URL'],
    ['empty', 'data: {password: ""}', ''],
    ['blank', `data: {password: ${base64(' \n')}}`, ''],
    ['a placeholder', 'stringData: {password: "${PASSWORD}"}', ''],
    ['a placeholder in base64', `data: {password: ${base64('${PASSWORD}')}}`, ''],
    ['a placeholder in place of base64', 'data: {password: "{{ .Values.password }}"}', ''],
    ['masked', 'stringData: {password: "***"}', ''],
    ['a certificate is public', `data: {tls.crt: ${base64(CERTIFICATE)}}`, ''],
    ['a certificate under another name', `data: {chain: ${base64(CERTIFICATE)}}`, ''],
    ['a key is not', `data: {tls.key: ${base64(KEY)}}`, 'private key'],
    ['a key behind its certificate', `data: {bundle.pem: ${base64(CERTIFICATE + KEY)}}`, 'private key'],
    ['a key under a certificate’s name', `data: {tls.crt: ${base64(KEY)}}`, 'private key'],
    ['encrypted by SOPS', 'stringData: {password: "ENC[AES256_GCM,data:x]"}\nsops: {version: "3"}', ''],
    ['a release of Helm', `type: helm.sh/release.v1\ndata: {release: ${base64('H4sI')}}`, ''],
    ['a number', 'stringData: {password: 12345678}', 'data of a Secret'],
    ['what is no base64', 'data: {password: "§§§§hunter2§§§§"}', 'data of a Secret'],
    ['a list, which no API server takes', 'data: {password: [hunter2]}', ''],
  ])('%s', (_, data, secretKind) => {
    expect(secret(data).facts('entry', ['owner', 'secretKind', 'holdsLiteralSecret'])).toEqual({ owner: 'Secret', secretKind, holdsLiteralSecret: secretKind !== '' });
  });

  test('a key of both lists is two entries, each at its place', () => {
    const subjects = secret(`data:\n  a: ${base64('hunter2')}\nstringData:\n  a: hunter3`);
    expect(subjects.of('entry').map((entry) => `${entry.identity().part} ${lineOf(entry, 'entry.key')}`)).toEqual(['data a app.yaml:5', 'stringData a app.yaml:7']);
  });

  test('nothing of them is in a fact, a name or a place', () => {
    const subjects = secret(`data: {a: ${base64('hunter2')}}\nstringData: {b: hunter3}`);
    const told = subjects.all.map((subject) => [subject.facts, subject.identity(), Object.keys(subject.facts).map((fact) => subject.absence(`${subject.type}.${fact}`))]);
    expect(JSON.stringify(told, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toMatch(/hunter|aHVudGVy/);
  });
});

test('base64 hides no secret of a ConfigMap', () => {
  const encoded = Buffer.from('requirepass EXAMPLE-hunter2-hunter2\n').toString('base64');
  const subjects = kubernetes(`{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, binaryData: {redis.conf: ${encoded}, store.jks: /u3+7QAAAAI=}}`);
  expect(subjects.fact('entry.secretKind', 'redis.conf')).toBe('value of requirepass');
  expect(subjects.fact('entry.holdsLiteralSecret', 'store.jks')).toBe(false);
});
