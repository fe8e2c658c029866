import { describe, expect, test } from 'vitest';
import { looksLikeCompose, readCompose } from '../../src/collect/compose.ts';
import { interpolate } from '../../src/collect/interpolate.ts';
import { TextFile } from '../../src/collect/text-file.ts';
import { readYaml } from '../../src/collect/yaml.ts';
import type { FileLocation } from '../../src/model/inventory.ts';
import type { Json, Path } from '../../src/model/json.ts';

type Files = Readonly<Record<string, string>>;

function parse(text: string) {
  const [document] = readYaml(text, 'compose');
  if (document === undefined || 'fault' in document) throw new Error(`fixture: ${document?.fault}`);
  return document;
}

/** Reads `shop/compose.yaml`; the other files stand at their paths. */
function read(text: string, files: Files = {}, environment: Readonly<Record<string, string | undefined>> = {}) {
  const asked: string[] = [];
  const reach = {
    environment,
    read: (path: string) => {
      asked.push(path);
      const found = Object.hasOwn(files, path) ? files[path] : undefined;
      return found === undefined ? undefined : new TextFile(path, found);
    },
  };
  return { ...readCompose(new TextFile('shop/compose.yaml', text), parse(text), reach), asked };
}

function at(value: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(
    (inner, step) => (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step) ? (inner as Record<string, Json>)[step] : undefined),
    value,
  );
}

const service = (text: string, files?: Files, name = 'web') => at(read(text, files).project.value, ['services', name]);

describe('looksLikeCompose', () => {
  test.each<[string, string, boolean]>([
    ['app.yaml', 'services: {web: {image: nginx}}', true],
    ['app.yaml', 'services: {web: {build: .}, other: {command: x}}', true],
    ['app.yaml', 'services: {web: {build: {context: .}}}', true],
    ['app.yaml', 'services: {web: {extends: {file: x}}}', true],
    ['docker-compose.prod.yml', 'services: {web: {ports: [80]}}', true],
    ['a/compose.yaml', 'services: {}', true],
    ['compose.yml', 'services: {web: null}', true],
    ['compose.yaml', 'include: [a.yml]', true],
    ['docker-compose.yml', 'web: {image: nginx}', true],
    ['app.yaml', 'services: {}', false],
    ['app.yaml', 'web: {image: nginx}', false],
    ['compose.yaml', 'web: {image: nginx}', false],
    ['compose.yaml', 'services: [a]', false],
    ['app.yaml', '[1]', false],
    ['app.yaml', 'just text', false],
    ['compose.yaml', 'apiVersion: v1\nkind: List\nservices: {web: {image: nginx}}', false],
    ['config/services.yaml', 'services: {_defaults: {autowire: true}, App\\: {resource: ../src}}', false],
    ['.woodpecker.yml', 'steps: {a: {image: b}}\nservices: {db: {image: postgres}}', false],
    ['app.yaml', 'services: {web: {image: a}, other: text}', false],
  ])('%s with %j: %s', (name, text, expected) => {
    expect(looksLikeCompose(name, parse(text).value)).toBe(expected);
  });
});

describe('interpolate', () => {
  const variables: Record<string, string> = { A: 'a', EMPTY: '', B: 'b' };
  const lookup = (name: string) => (Object.hasOwn(variables, name) ? variables[name] : undefined);

  test.each<[string, string, string]>([
    ['$A-${A}', 'a-a', 'A set, A set'],
    ['x$EMPTY', 'x', 'EMPTY empty'],
    ['$NONE/${NONE}', '${NONE}/${NONE}', 'NONE unset, NONE unset'],
    ['${A:-d}${A-d}', 'aa', 'A set, A set'],
    ['${EMPTY:-d}', 'd', 'EMPTY default'],
    ['${EMPTY-d}', '', 'EMPTY empty'],
    ['${NONE:-d}', 'd', 'NONE default'],
    ['${NONE-d}', 'd', 'NONE default'],
    ['${NONE:-}', '', 'NONE empty'],
    ['${NONE:-${EMPTY:-c}}', 'c', 'NONE default, EMPTY default'],
    ['${NONE:-${OTHER}}', '${OTHER}', 'NONE unset, OTHER unset'],
    ['${NONE:-x${OTHER}}', 'x${OTHER}', 'NONE default, OTHER unset'],
    ['${NONE:-${OTHER:?}}', '${OTHER}', 'NONE required, OTHER required'],
    ['${NONE:-{"a": {}}}', '{"a": {}}', 'NONE default'],
    ['${NONE:-a:-b}', 'a:-b', 'NONE default'],
    ['${A:?why}', 'a', 'A set'],
    ['${NONE:?why not}', '${NONE}', 'NONE required'],
    ['${EMPTY:?}', '${EMPTY}', 'EMPTY required'],
    ['${EMPTY?}', '', 'EMPTY empty'],
    ['${NONE?why}', '${NONE}', 'NONE required'],
    ['${A:+yes}${A+yes}', 'yesyes', 'A set, A set'],
    ['${EMPTY:+yes}|${EMPTY+yes}', '|yes', 'EMPTY set'],
    ['${NONE:+yes}${NONE+yes}', '', ''],
    ['${A:+$B}', 'b', 'A set, B set'],
    ['$$A $${A} $$$A', '$A ${A} $a', 'A set'],
    ['$1 $(date) $', '$1 $(date) $', ''],
    ['${A}}', 'a}', 'A set'],
  ])('%s → %j', (text, expected, outcomes) => {
    const filled = interpolate(text, lookup);
    if ('fault' in filled) throw new Error(filled.fault);
    expect(filled.text).toBe(expected);
    expect(filled.references.map(({ variable, outcome }) => `${variable} ${outcome}`).join(', ')).toBe(outcomes);
  });

  test.each([
    ['${A}-x', '${A}-x'],
    ['x-${NONE:-d}-$A', 'x-d-${A}'],
    ['${A:+yes}', 'yes'],
    ['${A:-d}', '${A}'],
    ['$$A', '$A'],
    ['${NONE:-p:$A}', 'p:${A}'],
  ])('what of %s stands in the file itself: %s', (text, written) => {
    expect(interpolate(text, lookup)).toMatchObject({ written });
  });

  test.each(['${', '${A', '${}', '${1}', '${ A}', '${A!}', '${A:x}', `${'${A:-'.repeat(30)}${'}'.repeat(30)}`.replaceAll('A', 'NONE')])('refuses %s', (text) => {
    expect(interpolate(text, lookup)).toHaveProperty('fault');
  });
});

describe('variables', () => {
  const text = 'services:\n  web:\n    image: app:${TAG:-1.0}\n    environment: {PW: "${PW}"}\n';

  test('come from .env beside the file, and the environment wins', () => {
    const files = { 'shop/.env': 'TAG=2.0\nPW=secret\n' };
    expect(at(read(text, files).project.value, ['services', 'web', 'image'])).toBe('app:2.0');
    expect(at(read(text, files, { TAG: '3.0' }).project.value, ['services', 'web', 'image'])).toBe('app:3.0');
    expect(at(read(text).project.value, ['services', 'web', 'image'])).toBe('app:1.0');
  });

  test('are recorded at their place', () => {
    expect(read(text, { 'shop/.env': 'PW=\n' }).project.interpolations).toEqual([
      { path: ['services', 'web', 'image'], variable: 'TAG', outcome: 'default', written: 'app:1.0' },
      { path: ['services', 'web', 'environment', 'PW'], variable: 'PW', outcome: 'empty', written: '${PW}' },
    ]);
    expect(read(text).project.interpolations.map(({ outcome }) => outcome)).toEqual(['default', 'unset']);
  });

  test('in keys are left alone, and those of extensions are not asked for', () => {
    const { project } = read('x-a: "$X"\nservices:\n  web:\n    image: a\n    x-b: "$Y"\n    labels: {"$K": v}\n');
    expect(project.interpolations).toEqual([]);
    expect(at(project.value, ['services', 'web'])).toEqual({ image: 'a', labels: { $K: 'v' } });
  });

  test('a broken one is a gap at its line, and the value stays', () => {
    const { project, gaps } = read('services:\n  web:\n    image: a\n    command: "${oops"\n');
    expect(at(project.value, ['services', 'web', 'command'])).toBe('${oops');
    expect(gaps).toEqual([expect.objectContaining({ because: expect.stringContaining('never closed'), location: expect.objectContaining({ line: 4 }) })]);
  });

  test('in an anchor count at every place that merges it', () => {
    const { project } = read('x-env: &env {PW: "${PW:?}"}\nservices:\n  a: {image: x, environment: {<<: *env, B: c}}\n  b: {image: x, environment: *env}\n');
    expect(project.interpolations.map(({ path }) => path.join('/'))).toEqual(['services/a/environment/PW', 'services/b/environment/PW']);
    expect(at(project.value, ['services', 'a', 'environment'])).toEqual({ PW: '${PW}', B: 'c' });
  });

  test.each<[string, string, Path, Json]>([
    ['a boolean', 'privileged: ${NONE:-true}', ['privileged'], true],
    ['a YAML 1.1 boolean, which compose takes', 'privileged: yes', ['privileged'], true],
    ['a quoted boolean', 'read_only: "false"', ['read_only'], false],
    ['no boolean at all', 'privileged: ${NONE}', ['privileged'], '${NONE}'],
    ['an integer', 'pids_limit: ${NONE:-100}', ['pids_limit'], 100],
    ['a decimal', 'cpus: ${NONE:-0.5}', ['cpus'], 0.5],
    ['an integer inside', 'deploy: {resources: {limits: {pids: "${NONE:-7}", cpus: "0.5"}}}', ['deploy', 'resources', 'limits'], { pids: 7, cpus: '0.5' }],
    ['a ulimit', 'ulimits: {nproc: "${NONE:-3}", nofile: {soft: "1", hard: "2"}}', ['ulimits'], { nproc: 3, nofile: { soft: 1, hard: 2 } }],
    ['a long volume', 'volumes: [{type: bind, source: /, target: /h, read_only: "${NONE:-true}"}]', ['volumes', 0, 'read_only'], true],
    ['never the environment', 'environment: {DEBUG: "${NONE:-true}", N: "${NONE:-1}"}', ['environment'], { DEBUG: 'true', N: '1' }],
    ['never a command or a label', 'command: ["${NONE:-1}", "true"]\n    labels: {a: "${NONE:-true}"}', ['command'], ['1', 'true']],
    ['never a short port', 'ports: ["${NONE:-80}:80"]', ['ports', 0], '80:80'],
    ['ports as YAML 1.2 reads them', 'ports: [22:22, 80]', ['ports'], ['22:22', 80]],
    ['never the image', 'image: "${NONE:-123}"', ['image'], '123'],
  ])('casts %s', (_, line, path, expected) => {
    expect(at(service(`services:\n  web:\n    ${line}\n`), path)).toEqual(expected);
  });

  test('that multiply each other do not fill memory', () => {
    const dotEnv = `A=${'a'.repeat(5000)}\n${'ABCDEFGHIJ'
      .split('')
      .map((name, index, all) => `${all[index + 1] ?? 'K'}=${`$${name}`.repeat(10)}`)
      .join('\n')}`;
    const { gaps } = read(`services: {web: {image: "${'$B'.repeat(1000)}"}}`, { 'shop/.env': dotEnv });
    expect(gaps).toEqual([expect.objectContaining({ because: expect.stringContaining('too much text') })]);
  });
});

describe('project name', () => {
  const text = 'name: My.Shop\nservices: {}';

  test.each<[string, string, Files, string]>([
    ['name:', text, {}, 'myshop'],
    ['the folder', 'services: {}', {}, 'shop'],
    ['.env over name:', text, { 'shop/.env': 'COMPOSE_PROJECT_NAME=-Other_1\n' }, 'other_1'],
    ['a variable in it', 'name: ${N:-x}-y\nservices: {}', {}, 'x-y'],
    ['nothing that is left after cleaning', 'name: "..."\nservices: {}', {}, 'shop'],
  ])('from %s', (_, text, files, expected) => {
    expect(read(text, files).project.project).toBe(expected);
  });
});

describe('extends', () => {
  const base = 'services:\n  web:\n    extends: {file: ../base/common.yml, service: base}\n';

  test.each<[string, string, string, Json]>([
    ['scalars are replaced', 'image: a\n    privileged: true', 'image: b', { image: 'b', privileged: true }],
    ['lists follow each other, the same target once', 'volumes: [aa:/a, bb:/b]', 'volumes: ["./c:/b:ro", /d]', { volumes: ['aa:/a', './c:/b:ro', '/d'] }],
    ['Windows paths', "volumes: ['C:\\a:/a', 'D:\\b:/b']", "volumes: ['E:\\c:/a']", { volumes: ['E:\\c:/a', 'D:\\b:/b'] }],
    ['ports', 'ports: ["80:80"]', 'ports: ["80:80", "81:81"]', { ports: ['80:80', '81:81'] }],
    ['capabilities', 'cap_add: [A]\n    cap_drop: [ALL]', 'cap_add: [B, A]', { cap_add: ['A', 'B'], cap_drop: ['ALL'] }],
    ['security_opt', 'security_opt: [a]', 'security_opt: [b]', { security_opt: ['a', 'b'] }],
    ['environment as mappings', 'environment: {A: 1, B: 2}', 'environment: {B: 3}', { environment: { A: 1, B: 3 } }],
    ['environment as lists', 'environment: [A=1, B=2, C]', 'environment: [B=3]', { environment: ['A=1', 'B=3', 'C'] }],
    ['environment as both', 'environment: {A: 1, B: null}', 'environment: [A=3]', { environment: ['A=3', 'B'] }],
    ['a command', 'command: [a, b]\n    entrypoint: [x]', 'command: [c]', { command: ['c'], entrypoint: ['x'] }],
    ['a health check', 'healthcheck: {test: [CMD, a], retries: 3}', 'healthcheck: {test: [CMD, b]}', { healthcheck: { test: ['CMD', 'b'], retries: 3 } }],
    ['one string and a list', 'dns: 1.1.1.1\n    tmpfs: /a', 'dns: [8.8.8.8]\n    tmpfs: /b', { dns: ['1.1.1.1', '8.8.8.8'], tmpfs: ['/a', '/b'] }],
    ['networks as list and mapping', 'networks: [a]', 'networks: {b: {aliases: [x]}}', { networks: { a: null, b: { aliases: ['x'] } } }],
    ['deploy', 'deploy: {resources: {limits: {memory: 1g}}}', 'deploy: {replicas: 2}', { deploy: { resources: { limits: { memory: '1g' } }, replicas: 2 } }],
    ['logging of one driver', 'logging: {driver: a, options: {x: 1}}', 'logging: {options: {y: 2}}', { logging: { driver: 'a', options: { x: 1, y: 2 } } }],
    ['logging of two drivers', 'logging: {driver: a, options: {x: 1}}', 'logging: {driver: b}', { logging: { driver: 'b' } }],
    ['ulimits', 'ulimits: {nofile: {soft: 1, hard: 2}, nproc: 1}', 'ulimits: {nofile: 5}', { ulimits: { nofile: 5, nproc: 1 } }],
    ['nothing replaces nothing', 'image: a\n    user: "1000"', 'user:', { image: 'a', user: '1000' }],
    ['!reset takes away', 'ports: ["80:80"]\n    privileged: true', 'ports: !reset []\n    privileged: !reset null', {}],
    ['!override does not join', 'ports: ["80:80"]', 'ports: !override ["81:81"]', { ports: ['81:81'] }],
  ])('%s', (_, inBase, own, expected) => {
    const { project, gaps } = read(`${base}    ${own}\n`, { 'base/common.yml': `services:\n  base:\n    ${inBase}\n` });
    expect(gaps).toEqual([]);
    expect(at(project.value, ['services', 'web'])).toEqual(expected);
  });

  test('of the same file, short and long, in a chain', () => {
    const text = 'services:\n  a: {extends: {service: b}, image: x}\n  b: {extends: c}\n  c: {privileged: true}\n';
    expect(service(text, {}, 'a')).toEqual({ privileged: true, image: 'x' });
  });

  test('from file to file, each relative to its own folder', () => {
    const files = {
      'base/common.yml': 'services:\n  base:\n    extends: {file: sub/deep.yml, service: deep}\n',
      'base/sub/deep.yml': 'services:\n  deep:\n    build: {context: ./app, args: {UID: 5}}\n    env_file: deep.env\n',
      'base/sub/app/Dockerfile': 'FROM x\nARG UID\nUSER $UID\n',
      'base/sub/deep.env': 'A=1\n',
      'shop/own.env': 'A=2\n',
    };
    const { project, gaps } = read(`${base}    env_file: [own.env]\n`, files);
    expect(gaps).toEqual([]);
    expect(project.dockerfiles['web']?.declares.user).toBe('5');
    expect(project.envFiles['web']?.map(({ file }) => file)).toEqual(['base/sub/deep.env', 'shop/own.env']);
  });

  test.each<[string, string, Files, RegExp, number | undefined]>([
    ['a missing file', base, {}, /there is no file base\/common.yml/, undefined],
    ['a missing service', base, { 'base/common.yml': 'services: {other: {image: a}}' }, /has no such service/, 3],
    ['a file that is not YAML', base, { 'base/common.yml': 'a: [' }, /common.yml:1 cannot be read/, undefined],
    ['a file elsewhere', 'services: {web: {extends: {file: "https://x/y.yml", service: a}}}', {}, /not on this machine/, undefined],
    ['itself', 'services:\n  web:\n    extends: web\n', {}, /leads back to itself/, 3],
    ['a circle', 'services:\n  web: {extends: b}\n  b: {extends: web}\n', {}, /leads back to itself/, 3],
    [
      'a circle through files',
      base,
      { 'base/common.yml': 'services: {base: {extends: {file: ../shop/compose.yaml, service: web}}}', 'shop/compose.yaml': base },
      /leads back to itself/,
      undefined,
    ],
    ['nothing', 'services:\n  web: {extends: {}}', {}, /names no service/, 2],
  ])('of %s ends in a gap, and the service is not whole', (_, text, files, because, line) => {
    const { project, gaps } = read(text, files);
    expect(gaps[0]?.because).toMatch(because);
    if (line !== undefined) expect(gaps[0]?.location).toMatchObject({ line });
    expect(at(project.value, ['services', 'web'])).toHaveProperty('extends');
  });

  test('what inherits from a service that is not whole is not whole either', () => {
    expect(service('services:\n  web: {extends: b}\n  b: {extends: gone, privileged: true}\n')).toEqual({ extends: 'gone', privileged: true });
  });
});

describe('places', () => {
  const files = {
    'base/common.yml': '\nservices:\n  base:\n    privileged: ${P:-true}\n    volumes:\n      - aa:/a\n      - bb:/b\n    environment:\n      A: "$X"\n      B: 2\n',
  };
  const text = [
    'x-log: &log',
    '  logging: {driver: none}',
    'services:',
    '  web:',
    '    <<: *log',
    '    extends: {file: ../base/common.yml, service: base}',
    '    image: a',
    '    volumes:',
    '      - cc:/b',
    '      - "$D:/d"',
    '    environment: [B=3, "C=$E"]',
  ].join('\n');
  const { project } = read(text, files);

  test.each<[string, Path, string, number, boolean]>([
    ['its own', ['services', 'web', 'image'], 'shop/compose.yaml', 7, false],
    ['inherited from another file', ['services', 'web', 'privileged'], 'base/common.yml', 4, false],
    ['in an inherited list', ['services', 'web', 'volumes', 0], 'base/common.yml', 6, false],
    ['replaced in an inherited list', ['services', 'web', 'volumes', 1], 'shop/compose.yaml', 9, false],
    ['added to an inherited list', ['services', 'web', 'volumes', 2], 'shop/compose.yaml', 10, false],
    ['of a mapping that became a list', ['services', 'web', 'environment', 0], 'base/common.yml', 9, false],
    ['of a list that a mapping was joined to', ['services', 'web', 'environment', 1], 'shop/compose.yaml', 11, false],
    ['merged from an anchor', ['services', 'web', 'logging', 'driver'], 'shop/compose.yaml', 2, false],
    ['missing in the service', ['services', 'web', 'read_only'], 'shop/compose.yaml', 4, true],
    ['missing in the file', ['networks', 'x'], 'shop/compose.yaml', 1, true],
    ['the services', ['services'], 'shop/compose.yaml', 3, false],
  ])('%s', (_, path, file, line, missing) => {
    expect(project.origin.locate(path)).toMatchObject({ file, line, missing });
  });

  test('variables of inherited values are at the place that they end up at', () => {
    const found = Object.fromEntries(project.interpolations.map(({ variable, path }) => [variable, path.join('/')]));
    expect(found).toEqual({
      P: 'services/web/privileged',
      X: 'services/web/environment/0',
      D: 'services/web/volumes/2',
      E: 'services/web/environment/2',
    });
  });

  test('a variable under a name that lists have too', () => {
    const { project } = read('services:\n  web: {extends: b, environment: {length: "$X"}}\n  b: {environment: [A=1]}\n');
    expect(project.interpolations).toEqual([{ path: ['services', 'web', 'environment', 1], variable: 'X', outcome: 'unset', written: '${X}' }]);
  });

  test('excerpts are cut from the file of the location', () => {
    const location = project.origin.locate(['services', 'web', 'privileged']);
    expect(project.origin.excerpt(location)).toContainEqual({ line: 4, text: '    privileged: ${P:-true}' });
  });

  test.each([
    'environment: {DB_PASSWORD: hunter2}',
    'environment:\n      - DB_PASSWORD=hunter2, hunter2 hunter2',
    'environment: ["DB_PASSWORD=hunter2, hunter2", A=1]',
    'command: redis-server --requirepass hunter2',
    'build: {context: ., args: {NPM_TOKEN: hunter2}}',
    'environment: {URL: "postgres://a:hunter2@b/c"}',
    'build:\n      dockerfile_inline: |\n        FROM a\n        ENV DB_PASSWORD hunter2 hunter2\n',
  ])('masks %j', (line) => {
    const secret = read(`services:\n  web:\n    ${line}\n`).project;
    const sources = [secret, ...Object.values(secret.dockerfiles)];
    const shown = sources.flatMap(({ origin }) => [['services', 'web', 'x'], ['user'], ['env', 'DB_PASSWORD']].map((path) => origin.excerpt(origin.locate(path))));
    expect(JSON.stringify(shown.slice(-3))).not.toContain('hunter2');
    expect(JSON.stringify(shown)).toContain('web');
  });

  test('duplicate keys are told', () => {
    const twice = read('services:\n  web:\n    image: a\n    image: b\n').project;
    expect(twice.duplicateKeys).toEqual([{ path: ['services', 'web', 'image'], key: 'image' }]);
    expect(at(twice.value, ['services', 'web', 'image'])).toBe('b');
  });
});

describe('include', () => {
  const files = {
    'db/compose.yaml': 'services:\n  db: {image: "postgres:${TAG:-1}", env_file: db.env, build: .}\nvolumes: {data: {}}\n',
    'db/.env': 'TAG=16\nOWN=1\n',
    'db/db.env': 'A=1\n',
    'db/Dockerfile': 'FROM x\nUSER 7\n',
  };

  test.each<[string, string]>([
    ['short', 'include: [../db/compose.yaml]\n'],
    ['long', 'include: [{path: ../db/compose.yaml}]\n'],
  ])('%s: services, volumes, variables and files of the included project', (_, text) => {
    const { project, gaps } = read(`${text}services: {web: {image: a}}\nvolumes: {own: {}}\n`, files);
    expect(gaps).toEqual([]);
    expect(at(project.value, ['services', 'db', 'image'])).toBe('postgres:16');
    expect(Object.keys(at(project.value, ['volumes']) as object)).toEqual(['own', 'data']);
    expect(project.envFiles['db']?.[0]?.file).toBe('db/db.env');
    expect(project.dockerfiles['db']?.declares.user).toBe('7');
    expect(project.origin.locate(['services', 'db', 'image'])).toMatchObject({ file: 'db/compose.yaml', line: 2 });
    expect(project.interpolations).toEqual([{ path: ['services', 'db', 'image'], variable: 'TAG', outcome: 'set', written: 'postgres:${TAG}' }]);
    expect(at(project.value, ['include'])).toBeUndefined();
  });

  test('variables of the including project win', () => {
    expect(at(read('include: [../db/compose.yaml]', { ...files, 'shop/.env': 'TAG=15' }).project.value, ['services', 'db', 'image'])).toBe('postgres:15');
  });

  test('project_directory and env_file', () => {
    const text = 'include: [{path: ../db/compose.yaml, project_directory: ../other, env_file: [my.env]}]';
    const { project } = read(text, { ...files, 'shop/my.env': 'TAG=14', 'other/db.env': 'A=2' });
    expect(at(project.value, ['services', 'db', 'image'])).toBe('postgres:14');
    expect(project.envFiles['db']?.[0]?.file).toBe('other/db.env');
  });

  test('later paths override the first', () => {
    const text = 'include: [{path: [../db/compose.yaml, over.yml]}]';
    const { project } = read(text, { ...files, 'shop/over.yml': 'services: {db: {image: mine, ports: ["1:1"]}}' });
    expect(at(project.value, ['services', 'db'])).toMatchObject({ image: 'mine', ports: ['1:1'], build: '.' });
    expect(project.origin.locate(['services', 'db', 'image'])).toMatchObject({ file: 'shop/over.yml' });
  });

  test('what the project defines itself counts', () => {
    const { project } = read('include: [../db/compose.yaml]\nservices: {db: {image: mine}}', files);
    expect(at(project.value, ['services', 'db'])).toEqual({ image: 'mine' });
  });

  test.each<[string, string, Files, RegExp]>([
    ['a missing file', 'include: [gone.yml]\nservices: {web: {image: a}}', {}, /no file shop\/gone.yml/],
    ['a circle', 'include: [a.yml]\nservices: {web: {image: a}}', { 'shop/a.yml': 'include: [compose.yaml]' }, /leads back to itself/],
    ['something elsewhere', 'include: ["oci://docker.io/x/y"]\nservices: {web: {image: a}}', {}, /not on this machine/],
  ])('%s is a gap', (_, text, files, because) => {
    const { project, gaps } = read(text, files);
    expect(gaps.map((gap) => gap.because).join()).toMatch(because);
    expect(at(project.value, ['services', 'web', 'image'])).toBe('a');
  });

  test('that doubles at every level comes to an end', () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`shop/${index}.yml`, `include: [${index + 1}.yml, ./${index + 1}.yml]`]));
    const { gaps } = read('include: [0.yml]', files);
    expect(gaps.length).toBeLessThanOrEqual(100);
    expect(gaps.at(-1)?.because).toMatch(/too many files|no file/);
  });
});

describe('an override file', () => {
  const files: Files = { 'shop/compose.yaml': 'services: {web: {image: a, ports: ["80:80"], privileged: true}}', 'shop/.env': 'P=81' };
  const over = (name: string, text: string, more: Files = files) => {
    const reach = { environment: {}, read: (path: string) => (Object.hasOwn(more, path) ? new TextFile(path, more[path] ?? '') : undefined) };
    return readCompose(new TextFile(name, text), parse(text), reach);
  };

  test.each<[string, Files]>([
    ['compose.override.yaml', files],
    ['docker-compose.override.yml', files],
    ['compose.override.yml', { 'shop/docker-compose.yaml': files['shop/compose.yaml'] ?? '', 'shop/.env': 'P=81' }],
  ])('%s is joined into the project beside it', (name, all) => {
    const { project, gaps } = over(`shop/${name}`, 'services: {web: {ports: ["${P}:81"], privileged: false}}', all);
    expect(gaps).toEqual([]);
    expect(at(project.value, ['services', 'web'])).toEqual({ image: 'a', ports: ['80:80', '81:81'], privileged: false });
    expect(project.origin.locate(['services', 'web', 'privileged'])).toMatchObject({ file: `shop/${name}` });
    expect(project.origin.locate(['services', 'web', 'image'])).toMatchObject({ file: Object.keys(all)[0] });
    expect(project.project).toBe('shop');
  });

  test('of another name, or without a project, stands for itself', () => {
    const text = 'services: {web: {privileged: false}}';
    expect(at(over('shop/compose.prod.yaml', text).project.value, ['services', 'web'])).toEqual({ privileged: false });
    expect(at(over('shop/compose.override.yaml', text, {}).project.value, ['services', 'web'])).toEqual({ privileged: false });
  });
});

describe('env_file', () => {
  test.each<[string, string, string[], number]>([
    ['a string', 'env_file: a.env', ['shop/a.env'], 0],
    ['a list', 'env_file: [a.env, ./b.env]', ['shop/a.env', 'shop/b.env'], 0],
    ['the long form', 'env_file: [{path: b.env}, {path: a.env, required: true}]', ['shop/b.env', 'shop/a.env'], 0],
    ['missing', 'env_file: [a.env, gone.env]', ['shop/a.env'], 1],
    ['missing, and not required', 'env_file: [{path: gone.env, required: false}]', [], 0],
    ['missing, and not required by a variable', 'env_file: [{path: gone.env, required: "${R:-false}"}]', [], 0],
  ])('%s', (_, line, expected, missing) => {
    const { project, gaps } = read(`services:\n  web:\n    image: a\n    ${line}\n`, { 'shop/a.env': 'A=1', 'shop/b.env': 'B=$A' });
    expect(project.envFiles['web']?.map(({ file }) => file)).toEqual(expected);
    expect(gaps).toHaveLength(missing);
    for (const gap of gaps) expect(gap).toMatchObject({ because: expect.stringContaining('gone.env'), location: { line: 4 } });
  });

  test('later files know the names of earlier ones, and of the project', () => {
    const files = { 'shop/.env': 'P=project', 'shop/a.env': 'A=1', 'shop/b.env': 'B=$A$P\nA=2' };
    const { project } = read('services: {web: {image: a, env_file: [a.env, b.env]}, other: {image: a, env_file: [b.env]}}', files);
    expect(project.envFiles['web']?.[1]?.value['B']).toBe('1project');
    expect(project.envFiles['other']?.[0]?.value['B']).toBe('${A}project');
  });

  test('raw format', () => {
    const { project } = read('services: {web: {image: a, env_file: [{path: a.env, format: raw}]}}', { 'shop/a.env': 'A="$x"' });
    expect(project.envFiles['web']?.[0]?.value['A']).toBe('"$x"');
  });

  test('the same file is one resource', () => {
    const { project, asked } = read('services: {a: {image: a, env_file: x}, b: {image: a, env_file: [x]}}', { 'shop/x': 'A=1' });
    expect(project.envFiles['a']?.[0]).toBe(project.envFiles['b']?.[0]);
    expect(asked.filter((path) => path === 'shop/x')).toHaveLength(1);
  });
});

describe('build', () => {
  const files = {
    'shop/Dockerfile': 'ARG TAG=1\nFROM a:$TAG AS dev\nUSER 1\nFROM a:$TAG\nUSER 2\n',
    'shop/api/Dockerfile': 'FROM api\nUSER 3\n',
    'docker/Other': 'FROM other\nUSER 4\n',
  };

  test.each<[string, string, string | undefined]>([
    ['a string', 'build: .', '2'],
    ['a folder', 'build: ./api', '3'],
    ['the long form', 'build: {context: api}', '3'],
    ['another file, relative to the context', 'build: {context: api, dockerfile: ../../docker/Other}', '4'],
    ['a target', 'build: {context: ., target: dev}', '1'],
    ['inline', 'build: {dockerfile_inline: "FROM x\\nUSER 5\\n"}', '5'],
    ['no Dockerfile there', 'build: gone', undefined],
    ['a repository', 'build: https://github.com/a/b.git#main', undefined],
    ['a repository, over SSH', 'build: git@github.com:a/b.git', undefined],
    ['a repository, in short', 'build: github.com/a/b', undefined],
    ['another image', 'image: a', undefined],
  ])('%s', (_, line, user) => {
    const { project, gaps } = read(`services: {web: {${line}}}`, files);
    expect(project.dockerfiles['web']?.declares.user).toBe(user);
    expect(gaps).toEqual([]);
  });

  test.each<[string, string, string, boolean]>([
    ['mapping', 'args: {TAG: 2}', 'a:2', false],
    ['list', 'args: [TAG=2]', 'a:2', false],
    ['from the environment', 'args: [TAG]', 'a:9', false],
    ['a variable that is not set', 'args: {TAG: "$NONE"}', 'a:${NONE}', true],
    ['undeclared', 'args: {OTHER: 2}', 'a:1', false],
  ])('args: %s', (_, args, expected, unresolved) => {
    const { project } = read(`services: {web: {build: {context: ., ${args}}}}`, files, { TAG: '9' });
    expect(project.dockerfiles['web']?.declares.stages.at(-1)).toMatchObject({ base: expected, unresolved });
  });

  test('a Dockerfile that cannot be built is a gap', () => {
    const { project, gaps } = read('services: {web: {build: {context: ., target: gone}}}', files);
    expect(project.dockerfiles).toEqual({});
    expect(gaps).toEqual([expect.objectContaining({ because: expect.stringContaining('`gone`'), location: expect.objectContaining({ file: 'shop/Dockerfile', line: 4 }) })]);
  });

  test.each<[string, number, number]>([
    ['    build:\n      dockerfile_inline: |\n        FROM x\n        USER  0\n', 6, 15],
    ['    build: {dockerfile_inline: "FROM x\\nUSER 0\\n"}\n', 3, 32],
  ])('an inline Dockerfile is found in the compose file', (text, line, column) => {
    const { project } = read(`services:\n  web:\n${text}`);
    const { origin } = project.dockerfiles['web'] ?? project;
    expect(origin.locate(['user'])).toMatchObject({ file: 'shop/compose.yaml', line, column, missing: false } satisfies Partial<FileLocation>);
    expect(origin.excerpt(origin.locate(['user'])).some(({ text }) => text.includes('USER'))).toBe(true);
  });
});

describe('the rest', () => {
  test('services of every profile are kept, and what facts parse is left as it is', () => {
    const body = {
      image: 'a',
      profiles: ['debug'],
      ports: ['127.0.0.1:80:80', { target: 80 }],
      volumes: ['/var/run/docker.sock:/s:ro'],
      develop: { watch: [] },
      deploy: { replicas: 2 },
    };
    expect(service(`services: {web: ${JSON.stringify(body)}}`)).toEqual(body);
  });

  test('a fragment among the services is no service; a service may be called x-…', () => {
    const { project } = read('services:\n  x-base: &b {restart: always}\n  x-ray: {image: xray}\n  web: {<<: *b, image: a}\n  none:\n');
    expect(Object.keys(at(project.value, ['services']) as object)).toEqual(['x-ray', 'web']);
    expect(at(project.value, ['services', 'web'])).toEqual({ restart: 'always', image: 'a' });
  });

  test('the first format has its services at the top', () => {
    const { project } = read('web:\n  image: a\n  privileged: "${P:-yes}"\ndb: {image: b}\n');
    expect(at(project.value, ['services', 'web'])).toEqual({ image: 'a', privileged: true });
    expect(project.origin.locate(['services', 'web', 'privileged'])).toMatchObject({ line: 3, missing: false });
    expect(project.interpolations).toEqual([{ path: ['services', 'web', 'privileged'], variable: 'P', outcome: 'default', written: 'yes' }]);
  });

  test('hostile names are names', () => {
    const { project } = read('services:\n  __proto__: {image: a, env_file: x.env, build: .}\n  constructor: {extends: __proto__, environment: {__proto__: "$A"}}\n', {
      'shop/x.env': '__proto__=1',
      'shop/Dockerfile': 'FROM x',
    });
    expect(Object.keys(at(project.value, ['services']) as object)).toEqual(['__proto__', 'constructor']);
    expect(at(project.value, ['services', 'constructor', 'image'])).toBe('a');
    expect(Object.keys(project.envFiles)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['image']).toBeUndefined();
  });

  test.each<[string, string]>([
    ['every service missing its base', `services:\n${Array.from({ length: 20_000 }, (_, index) => `  s${index}: {extends: gone}\n`).join('')}`],
    ['a long chain', `services:\n${Array.from({ length: 5_000 }, (_, index) => `  s${index}: {extends: s${index + 1}, ports: ["${index}"]}\n`).join('')}`],
    [
      'one base for all',
      `services:\n  b: {ports: [${Array.from({ length: 20_000 }, (_, index) => index).join()}]}\n${Array.from({ length: 2_000 }, (_, index) => `  s${index}: {extends: b, ports: [a]}\n`).join('')}`,
    ],
    ['nested defaults', `services: {a: {image: "${'${A:-'.repeat(100_000)}"}}`],
    ['broken variables', `services:\n  a:\n    image: x\n    command:\n${'      - "${"\n'.repeat(20_000)}`],
  ])('comes to its end with %s', (_, text) => {
    expect(read(text).gaps.length).toBeLessThanOrEqual(100);
  });
});
