import { expect, test } from 'vitest';
import { configMap, deployment, world } from './world.ts';

const SERVER = deployment('redis', 'image: redis:8.2.3\ncommand: [redis-server, /m/redis.conf]\nvolumeMounts: [{name: c, mountPath: /m}]', {
  volumes: '- {name: c, configMap: {name: c}}',
});

/** The same file, as `kubectl create configmap --from-file` writes it where it holds a byte that is no text. */
function binary(text: string | null): string {
  const encoded = text === null ? 'null' : Buffer.from(text).toString('base64');
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nbinaryData: {redis.conf: ${encoded}}\n`;
}

test.each<[string, string, boolean | undefined]>([
  ['data', configMap('c', { 'redis.conf': 'requirepass EXAMPLE-not-a-password' }), true],
  ['binaryData', binary('requirepass EXAMPLE-not-a-password\n'), true],
  ['binaryData that says nothing', binary('maxmemory 1gb\n'), false],
  ['binaryData of a cluster, of which only the names are kept', binary(null), undefined],
])('a file mounted from %s', (_, config, expected) => {
  expect(world(config, SERVER).fact('datastore.requiresPassword')).toBe(expected);
});

const SECRET = deployment('redis', 'image: redis:8.2.3\ncommand: [redis-server, /m/redis.conf]\nvolumeMounts: [{name: c, mountPath: /m}]', {
  volumes: '- {name: c, secret: {secretName: c}}',
});

test.each<[string, string, boolean | undefined]>([
  ['sealed', 'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: c}\nspec: {encryptedData: {redis.conf: AgBy}}\n', undefined],
  ['encrypted', 'apiVersion: v1\nkind: Secret\nmetadata: {name: c}\nstringData: {redis.conf: "ENC[AES256_GCM,data:x]"}\nsops: {version: 3.9.0}\n', undefined],
  [
    'filled in around what is written',
    'apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: c}\nspec: {target: {template: {data: {redis.conf: "requirepass {{ .password }}"}}}}\n',
    true,
  ],
])('a file of a Secret that is %s', (_, secret, expected) => {
  expect(world(secret, SECRET).fact('datastore.requiresPassword')).toBe(expected);
});

/** An ExternalSecret fills the password in; what stands around it is written. */
function template(name: string, line: string): string {
  return `apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: c}\nspec: {target: {template: {data: {${name}: ${JSON.stringify(line)}}}}}\n`;
}

test('what a template fills into the file of a server is not the password that stands there', () => {
  expect(world(template('redis.conf', 'requirepass {{ .password }}'), SECRET).facts('datastore', ['requiresPassword', 'passwordIsShort'])).toEqual({
    requiresPassword: true,
    passwordIsShort: undefined,
  });
});

test.each<[string, string]>([
  ['urls.txt', 'postgres://app:{{ .password }}@db/app?sslmode=disable'],
  ['application.properties', 'spring.datasource.url=jdbc:postgresql://app:{{ .password }}@db/app?sslmode=disable'],
  ['.env', 'DATABASE_URL=postgres://app:{{ .password }}@db/app?sslmode=disable'],
])('nor into that of a client: %s', (name, line) => {
  const api = deployment('api', 'image: registry.example.com/api:1.0\nvolumeMounts: [{name: c, mountPath: /m}]', { volumes: '- {name: c, secret: {secretName: c}}' });
  expect(world(template(name, line), api).facts('connection', ['demandsTls', 'passwordIsShort'])).toEqual({ demandsTls: false, passwordIsShort: undefined });
});
