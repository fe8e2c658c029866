import { describe, expect, test } from 'vitest';
import { runsShell } from '../../src/facts/container-parts.ts';
import { isServiceVariable, referencesIn, shellReferencesIn } from '../../src/facts/environment.ts';
import { indent, kubernetes, lineOf, type Subjects } from './support.ts';

/** A pod with one container, whose further fields are given. */
function podText(fields: string, spec = ''): string {
  return `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
${spec === '' ? '' : `${indent(spec, 2)}\n`}  containers:
    - name: app
      image: a:1
${indent(fields, 6)}
`;
}

const OBJECTS = `
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
data: {password: aHVudGVyMg==}
stringData: {user: app}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {HOST: db, PORT_NAME: pg}
binaryData: {BLOB: aGVsbG8=}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: other}
data: {elsewhere: ""}
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: sealed, namespace: shop}
spec: {encryptedData: {token: AgBy}, template: {data: {plain: x}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: store, namespace: shop}
spec: {target: {name: from-store}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: same-name, namespace: shop}
spec: {}
---
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {name: vault, namespace: shop}
spec: {provider: vault, secretObjects: [null, {secretName: other}, {secretName: synced, type: Opaque, data: [{objectName: o, key: pw}]}]}
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: pg, namespace: shop}
spec: {instances: 3}
---
apiVersion: v1
kind: Secret
metadata: {name: token, namespace: shop}
type: kubernetes.io/service-account-token
`;

const pod = (fields: string, spec = ''): Subjects => kubernetes(podText(fields, spec) + OBJECTS);
const UNKNOWN = undefined;

describe('$(NAME) in env sees what stands above it', () => {
  const secret = (name: string, key: string, extra = ''): string => `{name: ${name}, valueFrom: {secretKeyRef: {name: db, key: ${key}${extra}}}}`;
  test.each<[string, string, string, string[] | undefined, string[] | undefined]>([
    // fields, variable, unresolved, forward
    ['above', 'env: [{name: A, value: x}, {name: URL, value: "$(A)"}]', 'URL', [], []],
    ['a secret above', `env: [${secret('PW', 'password')}, {name: URL, value: "redis://:$(PW)@r"}]`, 'URL', [], []],
    ['below', `env: [{name: URL, value: "redis://:$(PW)@r"}, ${secret('PW', 'password')}]`, 'URL', [], ['PW']],
    ['itself is below itself', 'env: [{name: PATH, value: "/opt:$(PATH)"}]', 'PATH', [], ['PATH']],
    ['above and below: the one above counts', 'env: [{name: A, value: x}, {name: URL, value: "$(A)"}, {name: A, value: y}]', 'URL', [], []],
    ['nowhere', 'env: [{name: URL, value: "$(A)"}]', 'URL', ['A'], []],
    ['several at once', 'env: [{name: URL, value: "$(A) $(B) $(C)"}, {name: B, value: x}]', 'URL', ['A', 'C'], ['B']],
    ['an escape is none', 'env: [{name: URL, value: "$$(A)"}]', 'URL', [], []],
    ['an escaped dollar before a reference', 'env: [{name: URL, value: "$$$(A)"}]', 'URL', ['A'], []],
    ['two escapes', 'env: [{name: URL, value: "$$$$(A)"}]', 'URL', [], []],
    ['shell syntax is none', 'env: [{name: URL, value: "${A} $A"}]', 'URL', [], []],
    ['a command in brackets is none', 'env: [{name: URL, value: "$(date +%s)"}]', 'URL', [], []],
    ['an open bracket is none', 'env: [{name: URL, value: "$(A"}]', 'URL', [], []],
    ['a service variable of any service', 'env: [{name: URL, value: "$(DB_SERVICE_HOST):$(DB_SERVICE_PORT_PG)"}]', 'URL', [], []],
    ['a name with dots and dashes', 'env: [{name: a.b-c, value: x}, {name: URL, value: "$(a.b-c)"}]', 'URL', [], []],
    ['envFrom, wherever it is written', 'env: [{name: URL, value: "$(HOST)"}]\nenvFrom: [{configMapRef: {name: settings}}]', 'URL', [], []],
    ['envFrom of a Secret: data and stringData', 'env: [{name: URL, value: "$(user):$(password)"}]\nenvFrom: [{secretRef: {name: db}}]', 'URL', [], []],
    ['envFrom has no binaryData', 'env: [{name: URL, value: "$(BLOB)"}]\nenvFrom: [{configMapRef: {name: settings}}]', 'URL', ['BLOB'], []],
    ['envFrom with a prefix', 'env: [{name: URL, value: "$(DB_HOST) $(HOST)"}]\nenvFrom: [{prefix: DB_, configMapRef: {name: settings}}]', 'URL', ['HOST'], []],
    ['two of envFrom', 'env: [{name: URL, value: "$(HOST) $(user)"}]\nenvFrom: [{configMapRef: {name: settings}}, {secretRef: {name: db}}]', 'URL', [], []],
    [
      'a later envFrom may add a name under a prefix',
      'env: [{name: URL, value: "$(HOST) $(X_HOST)"}]\nenvFrom: [{configMapRef: {name: settings}}, {prefix: X_, configMapRef: {name: settings}}]',
      'URL',
      [],
      [],
    ],
    ['an envFrom that was not seen may define it', 'env: [{name: URL, value: "$(A)"}]\nenvFrom: [{configMapRef: {name: unseen}}]', 'URL', UNKNOWN, UNKNOWN],
    ['an envFrom of another namespace was not seen', 'env: [{name: URL, value: "$(elsewhere)"}]\nenvFrom: [{secretRef: {name: elsewhere}}]', 'URL', UNKNOWN, UNKNOWN],
    ['an ExternalSecret may define anything', 'env: [{name: URL, value: "$(A)"}]\nenvFrom: [{secretRef: {name: from-store}}]', 'URL', UNKNOWN, UNKNOWN],
    ['nothing open, though envFrom was not seen', 'env: [{name: A, value: x}, {name: URL, value: "$(A)"}]\nenvFrom: [{configMapRef: {name: unseen}}]', 'URL', [], []],
    ['a SealedSecret has its keys', 'env: [{name: URL, value: "$(token) $(plain)"}]\nenvFrom: [{secretRef: {name: sealed}}]', 'URL', [], []],
    ['an optional key that is there', `env: [${secret('PW', 'password', ', optional: true')}, {name: URL, value: "$(PW)"}]`, 'URL', [], []],
    ['an optional key that is not: the variable is not set', `env: [${secret('PW', 'typo', ', optional: true')}, {name: URL, value: "$(PW)"}]`, 'URL', ['PW'], []],
    [
      'an optional key of a Secret that was not seen',
      'env: [{name: PW, valueFrom: {secretKeyRef: {name: unseen, key: a, optional: true}}}, {name: URL, value: "$(PW)"}]',
      'URL',
      UNKNOWN,
      UNKNOWN,
    ],
    ['a required key that is not there stops the pod instead', `env: [${secret('PW', 'typo')}, {name: URL, value: "$(PW)"}]`, 'URL', [], []],
    ['a value that is a number has no references', 'env: [{name: URL, value: 5432}]', 'URL', [], []],
    ['a null value', 'env: [{name: URL, value: null}]', 'URL', [], []],
    ['a mapping as a value', 'env: [{name: URL, value: {a: "$(A)"}}]', 'URL', [], []],
  ])('%s', (_, fields, name, unresolvedReferences, forwardReferences) => {
    expect(pod(fields).facts('variable', ['unresolvedReferences', 'forwardReferences'], name)).toEqual({ unresolvedReferences, forwardReferences });
  });

  test.each<[string, string, string[]]>([
    ['by default', 'hostNetwork: false', []],
    ['switched off', 'enableServiceLinks: false', ['DB_SERVICE_HOST']],
    ['switched on', 'enableServiceLinks: true', []],
  ])('service links %s; those of the API server are always set', (_, spec, expected) => {
    const subjects = pod(
      'env: [{name: URL, value: "$(DB_SERVICE_HOST) $(KUBERNETES_SERVICE_HOST) $(KUBERNETES_PORT_443_TCP)"}]\nargs: ["$(DB_SERVICE_HOST) $(KUBERNETES_SERVICE_PORT)"]',
      spec,
    );
    expect(subjects.fact('variable.unresolvedReferences', 'URL')).toEqual(expected);
    expect(subjects.fact('argument.unresolvedReferences', 'args[0]')).toEqual(expected);
  });

  test('a name that stands twice is judged twice', () => {
    const subjects = pod('env: [{name: A, value: "$(X)"}, {name: A, value: y}]');
    expect(subjects.of('variable').map(({ facts }) => (facts as { unresolvedReferences?: unknown }).unresolvedReferences)).toEqual([['X'], []]);
  });
});

describe('$(NAME) in command and args sees all of env, in any order', () => {
  test.each<[string, string, string, string[] | undefined]>([
    ['env', 'env: [{name: A, value: x}]\nargs: ["$(A)"]', 'args[0]', []],
    ['command too', 'env: [{name: A, value: x}]\ncommand: ["$(A)"]', 'command[0]', []],
    ['envFrom', 'envFrom: [{configMapRef: {name: settings}}]\nargs: ["--host=$(HOST)"]', 'args[0]', []],
    ['nowhere', 'args: ["--requirepass", "$(PW)"]', 'args[1]', ['PW']],
    ['an escape', 'args: ["$$(PW)"]', 'args[0]', []],
    ['an envFrom that was not seen', 'envFrom: [{secretRef: {name: unseen}}]\nargs: ["$(PW)"]', 'args[0]', UNKNOWN],
    ['nothing is open', 'envFrom: [{secretRef: {name: unseen}}]\nargs: ["--port=1"]', 'args[0]', []],
    [
      'an optional key that is not there leaves the text',
      'env: [{name: PW, valueFrom: {secretKeyRef: {name: db, key: typo, optional: true}}}]\nargs: ["$(PW)"]',
      'args[0]',
      ['PW'],
    ],
    ['an optional key of a Secret that was not seen', 'env: [{name: PW, valueFrom: {secretKeyRef: {name: unseen, key: a, optional: true}}}]\nargs: ["$(PW)"]', 'args[0]', UNKNOWN],
    ['in a shell it is a command', 'command: [sh, -c]\nargs: ["echo $(hostname)"]', 'args[0]', []],
    ['in a shell among the arguments', 'args: [sh, -c, "echo $(hostname)"]', 'args[2]', []],
    ['a shell by name only is no shell', 'args: [completion, bash, "$(SHELL_NAME)"]', 'args[2]', ['SHELL_NAME']],
    // ExpandContainerCommandOnlyStatic (pkg/kubelet/container/helpers.go): probes see the env of the spec, and no envFrom.
    ['a probe sees env', 'env: [{name: A, value: x}]\nlivenessProbe: {exec: {command: [check, "$(A)"]}}', 'livenessProbe[1]', []],
    ['a probe sees no envFrom', 'envFrom: [{configMapRef: {name: settings}}]\nlivenessProbe: {exec: {command: [check, "$(HOST)"]}}', 'livenessProbe[1]', ['HOST']],
    ['a probe sees no envFrom, seen or not', 'envFrom: [{secretRef: {name: unseen}}]\nlivenessProbe: {exec: {command: [check, "$(HOST)"]}}', 'livenessProbe[1]', ['HOST']],
    ['a hook sees nothing at all', 'env: [{name: A, value: x}]\nlifecycle: {preStop: {exec: {command: [stop, "$(A)"]}}}', 'preStop[1]', ['A']],
    ['a probe in a shell', 'livenessProbe: {exec: {command: [sh, -c, "test $(hostname)"]}}', 'livenessProbe[2]', []],
  ])('%s', (_, fields, part, expected) => {
    expect(pod(fields).fact('argument.unresolvedReferences', part)).toEqual(expected);
  });
});

describe('shell syntax, which Kubernetes does not expand', () => {
  test.each<[string, string, string, string[]]>([
    ['of a name that is defined', 'env: [{name: A, value: x}, {name: URL, value: "${A}"}]', 'URL', ['A']],
    ['without braces', 'env: [{name: A, value: x}, {name: URL, value: "$A/b"}]', 'URL', ['A']],
    ['with a default', 'env: [{name: A, value: x}, {name: URL, value: "${A:-b}"}]', 'URL', ['A']],
    ['of envFrom', 'env: [{name: URL, value: "$HOST"}]\nenvFrom: [{configMapRef: {name: settings}}]', 'URL', ['HOST']],
    ['of a name that nobody defines: the application may mean something else', 'env: [{name: URL, value: "$1 ${foo} $bar"}]', 'URL', []],
    ['doubled', 'env: [{name: A, value: x}, {name: URL, value: "$$A"}]', 'URL', []],
  ])('in env: %s', (_, fields, name, expected) => {
    expect(pod(fields).fact('variable.shellReferences', name)).toEqual(expected);
  });

  test.each<[string, string, string, string[] | undefined]>([
    ['after a command that is no shell', 'command: [app]\nargs: ["--x=$A"]', 'args[0]', ['A']],
    ['without a command, the image may be a shell', 'args: ["--x=$A"]', 'args[0]', UNKNOWN],
    ['without a command, and nothing to expand', 'args: ["--x=1"]', 'args[0]', []],
    ['sh -c', 'command: [sh, -c, "app $A"]', 'command[2]', []],
    ['sh -c and args', 'command: [sh, -c]\nargs: ["app $A"]', 'args[0]', []],
    ['/bin/bash -lc', 'command: [/bin/bash, -lc]\nargs: ["app $A"]', 'args[0]', []],
    ['tini -- sh -c', 'command: [tini, --, sh, -c]\nargs: ["app $A"]', 'args[0]', []],
    ['a shell among the arguments', 'args: [sh, -c, "app $A"]', 'args[2]', []],
    ['a probe without a shell', 'livenessProbe: {exec: {command: [check, "$A"]}}', 'livenessProbe[1]', ['A']],
    ['a probe with one', 'livenessProbe: {exec: {command: [sh, -c, "check $A"]}}', 'livenessProbe[2]', []],
  ])('in commands: %s', (_, fields, part, expected) => {
    expect(pod(`${fields}\nenv: [{name: A, value: x}]`).fact('argument.shellReferences', part)).toEqual(expected);
  });
});

describe('references to keys', () => {
  const from = (kind: string, name: string, key: string, extra = ''): string => `env: [{name: A, valueFrom: {${kind}: {name: ${name}, key: ${key}${extra}}}}]`;
  test.each<[string, string, string, boolean | undefined]>([
    ['a key of data', from('secretKeyRef', 'db', 'password'), 'secret', true],
    ['a key of stringData', from('secretKeyRef', 'db', 'user'), 'secret', true],
    ['no such key', from('secretKeyRef', 'db', 'typo'), 'secret', false],
    ['a key of a Secret of that name elsewhere', from('secretKeyRef', 'db', 'elsewhere'), 'secret', false],
    ['no such Secret here', from('secretKeyRef', 'unseen', 'a'), 'secret', UNKNOWN],
    ['a SealedSecret', from('secretKeyRef', 'sealed', 'token'), 'secret', true],
    ['a plain key of its template', from('secretKeyRef', 'sealed', 'plain'), 'secret', true],
    ['no such key of it', from('secretKeyRef', 'sealed', 'typo'), 'secret', false],
    ['an ExternalSecret, by the name of what it makes', from('secretKeyRef', 'from-store', 'any'), 'secret', true],
    ['an ExternalSecret that makes one of its own name', from('secretKeyRef', 'same-name', 'any'), 'secret', true],
    ['an ExternalSecret whose Secret has another name', from('secretKeyRef', 'store', 'any'), 'secret', UNKNOWN],
    ['a Secret that is synced with a mount', from('secretKeyRef', 'synced', 'pw'), 'secret', true],
    ['no such key of it', from('secretKeyRef', 'synced', 'typo'), 'secret', false],
    ['a login that an operator makes', from('secretKeyRef', 'pg-app', 'uri'), 'secret', true],
    ['no such key of it', from('secretKeyRef', 'pg-app', 'url'), 'secret', false],
    ['a login that it does not make', from('secretKeyRef', 'pg-superuser', 'uri'), 'secret', UNKNOWN],
    ['a token that the API server fills in', from('secretKeyRef', 'token', 'token'), 'secret', true],
    ['a key of a ConfigMap', from('configMapKeyRef', 'settings', 'HOST'), 'configMap', true],
    ['binary data are not for variables', from('configMapKeyRef', 'settings', 'BLOB'), 'configMap', false],
    ['a ConfigMap that was not seen', from('configMapKeyRef', 'unseen', 'HOST'), 'configMap', UNKNOWN],
    ['a Secret is no ConfigMap', from('configMapKeyRef', 'db', 'password'), 'configMap', UNKNOWN],
    ['a field of the pod', 'env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]', 'field', true],
    ['a resource', 'env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}]', 'resource', true],
    ['a literal', 'env: [{name: A, value: x}]', 'literal', true],
    ['nothing', 'env: [{name: A}]', 'none', true],
    ['an empty value', 'env: [{name: A, value: ""}]', 'none', true],
    ['a number without quotes', 'env: [{name: A, value: 8080}]', 'literal', true],
  ])('%s', (_, fields, source, referenceExists) => {
    expect(pod(fields).facts('variable', ['source', 'referenceExists'], 'A')).toEqual({ source, referenceExists });
  });

  test.each<[string, string, boolean]>([
    ['optional', ', optional: true', true],
    ['not optional', ', optional: false', false],
    ['by default not', '', false],
    ['a string is not true', ', optional: "true"', false],
  ])('%s', (_, extra, expected) => {
    expect(pod(from('secretKeyRef', 'db', 'password', extra)).fact('variable.isOptional', 'A')).toBe(expected);
  });
});

describe('a name that stands twice in a unit: what is nearest is meant', () => {
  const secret = (key: string): string => `apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\ndata: {${key}: ""}\n`;
  const app = podText('env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: mine}}}]');
  test.each<[string, Record<string, string>, boolean]>([
    ['the same file', { 'a/other.yaml': secret('other'), 'a/app.yaml': `${app}---\n${secret('mine')}` }, true],
    ['the same folder', { 'a/secret.yaml': secret('other'), 'b/app.yaml': app, 'b/secret.yaml': secret('mine') }, true],
    ['the same folder, read last', { 'a/app.yaml': app, 'a/secret.yaml': secret('mine'), 'b/secret.yaml': secret('other') }, true],
    ['a folder above', { 'a/b/app.yaml': app, 'a/secret.yaml': secret('mine'), 'c/secret.yaml': secret('other') }, true],
    ['not one that is farther', { 'a/app.yaml': app, 'a/secret.yaml': secret('other'), 'b/secret.yaml': secret('mine') }, false],
    ['a folder whose name only begins alike is another', { 'shop/app.yaml': app, 'shop/secret.yaml': secret('mine'), 'shop-2/secret.yaml': secret('other') }, true],
  ])('%s', (_, files, expected) => {
    expect(kubernetes(files).fact('variable.referenceExists')).toBe(expected);
  });
});

describe('secrets in the open', () => {
  test.each<[string, string, string]>([
    // env item, secretKind
    ['a secret’s name with a value', '{name: DB_PASSWORD, value: hunter2}', 'value of a secret name'],
    ['a number under a secret’s name', '{name: DB_PASSWORD, value: 12345678}', 'value of a secret name'],
    ['a password in a URL, whatever its name', '{name: A, value: "postgres://app:hunter2@db/app"}', 'password in a URL'],
    ['a reference in a URL', '{name: A, value: "postgres://app:$(PW)@db/app"}', ''],
    ['a reference under a secret’s name', '{name: DB_PASSWORD, value: "$(PW)"}', ''],
    ['a path under a secret’s name', '{name: DB_PASSWORD, value: /run/secrets/pw}', ''],
    ['a file', '{name: DB_PASSWORD_FILE, value: hunter2}', ''],
    ['empty', '{name: DB_PASSWORD, value: ""}', ''],
    ['a Secret', '{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}', ''],
  ])('%s', (_, item, secretKind) => {
    expect(pod(`env: [${item}]`).facts('variable', ['holdsLiteralSecret', 'secretKind'])).toEqual({ holdsLiteralSecret: secretKind !== '', secretKind });
  });

  test.each<[string, string, string, string]>([
    ['a flag with =', 'args: [--password=hunter2]', 'args[0]', 'value of --password'],
    ['a flag and its value', 'args: [--password, hunter2]', 'args[1]', 'value of --password'],
    ['a flag at the end of command, its value in args', 'command: [app, --password]\nargs: [hunter2]', 'args[0]', 'value of --password'],
    ['a flag whose value is an assignment', 'args: [--set=db.password=hunter2]', 'args[0]', 'value of db.password'],
    ['an assignment after a flag', 'args: [--set, db.password=hunter2]', 'args[1]', 'value of db.password'],
    ['a Java property', 'args: ["-Dspring.datasource.password=hunter2"]', 'args[0]', 'value of -Dspring.datasource.password'],
    ['redis-cli -a', 'command: [redis-cli, -a, hunter2]', 'command[2]', 'value of -a'],
    ['curl -u in a word of its own', 'command: [curl, "-sSu", "me:hunter2"]', 'command[2]', 'password in a command'],
    ['curl -u in the same word', 'command: [curl, "-ume:hunter2"]', 'command[1]', 'password in a command'],
    ['curl --user=', 'command: [curl, "--user=me:hunter2"]', 'command[1]', 'password in a command'],
    ['a name for curl', 'command: [curl, "-ume"]', 'command[1]', ''],
    ['a header of curl', 'command: [curl, "-Hdu: me"]', 'command[1]', ''],
    ['redis-cli in command, -a in args', 'command: [redis-cli]\nargs: [-a, hunter2]', 'args[1]', 'value of -a'],
    ['-a of another program', 'command: [tar, -a, archive]', 'command[2]', ''],
    ['in a script', 'command: [sh, -c, "redis-server --requirepass hunter2"]', 'command[2]', 'value of --requirepass'],
    ['an assignment in a script', 'command: [sh, -c, "PGPASSWORD=hunter2 psql"]', 'command[2]', 'value of PGPASSWORD'],
    ['a reference', 'args: [--password, $(PW)]', 'args[1]', ''],
    ['a probe', 'livenessProbe: {exec: {command: [redis-cli, -a, hunter2, ping]}}', 'livenessProbe[2]', 'value of -a'],
    ['a flag alone', 'args: [--password]', 'args[0]', ''],
    ['an item before it that is no string', 'args: [{toString: 1}, hunter2]', 'args[1]', ''],
  ])('%s', (_, fields, part, secretKind) => {
    expect(pod(fields).facts('argument', ['holdsLiteralSecret', 'secretKind'], part)).toEqual({ holdsLiteralSecret: secretKind !== '', secretKind });
  });

  test.each<[string, string, boolean | undefined]>([
    ['plain TCP', '{name: DOCKER_HOST, value: "tcp://docker:2375"}', true],
    ['any case', '{name: DOCKER_HOST, value: "TCP://docker"}', true],
    ['with TLS', '{name: DOCKER_HOST, value: "tcp://docker:2376"}', false],
    ['a port that only begins so', '{name: DOCKER_HOST, value: "tcp://docker:23760"}', true],
    ['a socket', '{name: DOCKER_HOST, value: "unix:///var/run/docker.sock"}', false],
    ['another name', '{name: OTHER, value: "tcp://docker:2375"}', false],
    ['from a ConfigMap', '{name: DOCKER_HOST, valueFrom: {configMapKeyRef: {name: settings, key: HOST}}}', false],
    ['from a ConfigMap that was not seen', '{name: DOCKER_HOST, valueFrom: {configMapKeyRef: {name: elsewhere, key: HOST}}}', UNKNOWN],
    ['on a node that is known where it runs', '{name: DOCKER_HOST, value: "tcp://$(NODE):2375"}', true],
    ['on a port that is known where it runs', '{name: DOCKER_HOST, value: "tcp://docker:$(NODE)"}', UNKNOWN],
    ['of which nothing is known', '{name: DOCKER_HOST, value: "$(NODE)"}', UNKNOWN],
  ])('Docker’s API: %s', (_, item, expected) => {
    const node = '{name: NODE, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}';
    expect(pod(`env: [${node}, ${item}]`).fact('variable.opensDockerApi', `env ${item.includes('OTHER') ? 'OTHER' : 'DOCKER_HOST'}`)).toBe(expected);
  });
});

describe('places', () => {
  const subjects = kubernetes(
    podText('env:\n  - name: A\n    value: "$(X)"\n  - name: B\n    valueFrom:\n      secretKeyRef:\n        name: db\n        key: typo\nargs:\n  - --password=hunter2') + OBJECTS,
  );
  test.each<[string, string, string, string]>([
    ['variable', 'A', 'variable.unresolvedReferences', 'app.yaml:11'],
    ['variable', 'A', 'variable.name', 'app.yaml:10'],
    ['variable', 'B', 'variable.referenceExists', 'app.yaml:16'],
    ['variable', 'B', 'variable.isOptional', 'app.yaml:14 missing'],
    ['argument', 'args[0]', 'argument.secretKind', 'app.yaml:18'],
    ['argument', 'args[0]', 'container.name', 'app.yaml:7'],
  ])('%s %s: %s at %s', (type, part, fact, expected) => {
    expect(lineOf(subjects.one(type, part), fact)).toBe(expected);
  });
});

describe('what a text refers to', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['$(A)', ['A']],
    ['$(A)$(B)', ['A', 'B']],
    ['$(A.b-c_d)', ['A.b-c_d']],
    ['$()', []],
    ['$(1A)', []],
    ['$((1+2))', []],
    ['$$(A)', []],
    ['$$$(A)', ['A']],
    ['a$(A)b', ['A']],
    ['$ (A)', []],
  ])('%j as Kubernetes reads it', (text, expected) => {
    expect(referencesIn(text)).toEqual(expected);
  });

  test.each<[string, string[]]>([
    ['$A', ['A']],
    ['${A}', ['A']],
    ['${A:-x}', ['A']],
    ['$$A', []],
    ['$1', []],
    ['a$', []],
    ['$(A)', []],
  ])('%j as a shell reads it', (text, expected) => {
    expect(shellReferencesIn(text)).toEqual(expected);
  });

  test.each<[string, boolean]>([
    ['DB_SERVICE_HOST', true],
    ['DB_SERVICE_PORT', true],
    ['DB_SERVICE_PORT_PG', true],
    ['DB_PORT', true],
    ['DB_PORT_5432_TCP', true],
    ['DB_PORT_5432_TCP_ADDR', true],
    ['DB_HOST', false],
    ['_SERVICE_HOST', false],
    ['db_SERVICE_HOST', false],
  ])('%s is a service’s variable: %s', (name, expected) => {
    expect(isServiceVariable(name)).toBe(expected);
  });

  test.each<[string, readonly string[], boolean]>([
    ['sh -c', ['sh', '-c'], true],
    ['a path', ['/bin/bash', '-lc'], true],
    ['ash, dash, zsh', ['ash'], true],
    ['tini', ['/sbin/tini', '--', 'sh', '-c'], true],
    ['env', ['/usr/bin/env', 'bash'], true],
    ['powershell', ['pwsh'], true],
    ['cmd', ['cmd.exe', '/C'], true],
    ['in one word', ['sh -c'], true],
    ['a program', ['node', 'app.js'], false],
    ['a name that ends alike', ['publish'], false],
    ['a script', ['/entrypoint.sh'], false],
    ['nothing', [], false],
  ])('%s runs a shell', (_, command, expected) => {
    expect(runsShell(command)).toBe(expected);
  });
});

test('a text made to take long ends', () => {
  const dollars = `${'$'.repeat(100_000)}x$(A)`;
  expect(referencesIn(dollars)).toEqual(['A']);
  expect(shellReferencesIn('${a'.repeat(30_000))).toEqual([]);
});
