import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { collectManifests } from '../../src/collect/manifests.ts';
import type { FileLocation, Inventory, KubernetesObject } from '../../src/model/inventory.ts';

const work = realpathSync(mkdtempSync(join(tmpdir(), 'seaworthy-manifests-')));
afterAll(() => rmSync(work, { recursive: true, force: true }));

let root = work;
let count = 0;
beforeEach(() => {
  root = join(work, String(count++));
  mkdirSync(root);
});

function collect(files: Readonly<Record<string, string>>, paths: readonly string[] = ['.'], allowEmpty = false): Inventory {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return collectManifests({ paths: paths.map((path) => join(root, path)), kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty });
}

const objects = (inventory: Inventory): KubernetesObject[] => inventory.units.flatMap(({ resources }) => resources.filter((resource) => resource.type === 'kubernetes'));
const names = (inventory: Inventory): string[] => objects(inventory).map(({ value }) => `${value['kind']}/${(value['metadata'] as { name?: string } | undefined)?.name}`);
const gaps = (inventory: Inventory): string[] =>
  inventory.gaps.map(
    ({ about, because, location }) => `${about.replace(`${root}/`, '').replace(root, '.')}${location === undefined ? '' : `:${(location as FileLocation).line}`}: ${because}`,
  );

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n';

describe('objects', () => {
  test.each<[string, string, readonly string[]]>([
    ['one', POD, ['Pod/a']],
    ['several', `${POD}---\n${POD.replace('name: a', 'name: b')}`, ['Pod/a', 'Pod/b']],
    ['without metadata', 'apiVersion: v1\nkind: Pod\n', ['Pod/undefined']],
    ['without apiVersion', 'kind: Pod\nspec: {}\n', ['Pod/undefined']],
    ['with metadata that is no mapping', 'apiVersion: v1\nkind: Pod\nmetadata: [x]\n', ['Pod/undefined']],
    ['in JSON', '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}', ['Pod/a']],
    ['of kinds that nobody knows', 'apiVersion: x.io/v1\nkind: Foo\nmetadata: {name: a}\n', ['Foo/a']],
    ['a List', 'apiVersion: v1\nkind: List\nitems: [{kind: Pod, metadata: {name: a}}, {kind: Job, metadata: {name: b}}]', ['Pod/a', 'Job/b']],
    ['a List in a List', 'kind: List\nitems: [{kind: List, items: [{kind: Pod, metadata: {name: a}}]}, {kind: Pod, metadata: {name: b}}]', ['Pod/a', 'Pod/b']],
    [
      'a typed list whose items do not say what they are',
      'apiVersion: apps/v1\nkind: DeploymentList\nitems: [{metadata: {name: a}}, {metadata: {name: b}}]',
      ['Deployment/a', 'Deployment/b'],
    ],
    ['a typed list in a list', 'kind: List\nitems: [{apiVersion: v1, kind: PodList, items: [{metadata: {name: a}}]}]', ['Pod/a']],
    ['a kind that only sounds like a list', 'apiVersion: x.io/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {}', ['AllowList/a']],
    ['items that are none', 'kind: List\nitems: [null, 5, text, [], {}, {kind: 5}, {kind: Pod}]', []],
    ['nothing that is an object', 'a: 1\n---\n- kind: Pod\n---\ntext\n---\nkind: Pod\n---\nnull\n', []],
  ])('%s', (_, text, expected) => {
    expect(names(collect({ 'x.yaml': text }, ['.'], true))).toEqual(expected);
  });

  test('an item of a typed list gets the apiVersion of the list', () => {
    expect(objects(collect({ 'x.yaml': 'apiVersion: apps/v1\nkind: DeploymentList\nitems: [{metadata: {name: a}}]' }))[0]?.value).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
    });
  });

  test.each(['items: null', 'items: []', 'items:'])('an empty List is no object: %s', (items) => {
    expect(gaps(collect({ 'x.yaml': `apiVersion: v1\nkind: List\n${items}\n` }))).toEqual(['.: it holds no Kubernetes object, compose file or Dockerfile']);
  });

  test('the place of an item is that of the item', () => {
    const [, second] = objects(collect({ 'x.yaml': 'kind: List\nitems:\n  - {kind: Pod, metadata: {name: a}}\n  - kind: Pod\n    metadata:\n      name: b\n' }));
    expect(second?.at).toEqual(['items', 1]);
    expect(second?.origin.locate([...(second?.at ?? []), 'metadata', 'name'])).toMatchObject({ line: 6, column: 13, pointer: '/items/1/metadata/name', missing: false });
  });

  test('a key that stands twice is told of the object that has it', () => {
    const text = 'kind: List\nitems:\n  - {kind: Pod, metadata: {name: a}}\n  - {kind: Pod, metadata: {name: b, name: c}}\nkind: List\n';
    expect(objects(collect({ 'x.yaml': text })).map(({ duplicateKeys }) => duplicateKeys.map(({ path }) => path.join('.')))).toEqual([['kind'], ['items.1.metadata.name']]);
  });

  test('of a rendered chart, the template that it comes from', () => {
    const [object] = objects(collect({ 'x.yaml': `---\n# Source: web/templates/pod.yaml\n${POD}` }));
    expect(object?.origin.locate([])).toMatchObject({ template: 'web/templates/pod.yaml', line: 3 });
  });
});

describe('what cannot be read is told', () => {
  test.each<[string, string, readonly string[]]>([
    ['a broken document', `${POD}---\na: [1\n---\n${POD}`, ['x.yaml:5: a bracket or quote above is not closed, or this line is indented too little']],
    ['a template', 'a: {{ .Values.x }}\n---\n{{- if .Values.y }}\nb: 1\n{{- end }}\n', ['x.yaml:1: it is a template that is not rendered']],
    ['an object without a kind', 'apiVersion: apps/v1\nmetadata: {name: a}\nspec: {}\n', ['x.yaml:1: it has an apiVersion and no kind, so no API server takes it']],
    ['a kind that is none', 'apiVersion: v1\nkind: {toString: 1}\nmetadata: {name: a}\n', ['x.yaml:1: it has an apiVersion and no kind, so no API server takes it']],
    [
      'containers that are a mapping',
      'kind: Deployment\nspec: {template: {spec: {containers: {a: {image: x}}}}}',
      ['x.yaml:2: spec.template.spec.containers of Deployment is not a list, so no API server takes it'],
    ],
    [
      'an environment that is a mapping',
      `${POD}spec:\n  containers:\n    - image: x\n      env: {A: b}\n`,
      ['x.yaml:7: spec.containers.0.env of Pod a is not a list, so no API server takes it'],
    ],
    ['a container that is a word', `${POD}spec: {containers: [x]}`, ['x.yaml:4: spec.containers.0 of Pod a is not a mapping, so no API server takes it']],
    [
      'a security context that is a list',
      `${POD}spec: {securityContext: [], initContainers: [{securityContext: true}]}`,
      [
        'x.yaml:4: spec.securityContext of Pod a is not a mapping, so no API server takes it',
        'x.yaml:4: spec.initContainers.0.securityContext of Pod a is not a mapping, so no API server takes it',
      ],
    ],
    ['a template of pods that is a list', 'kind: Job\nspec: {template: []}', ['x.yaml:2: spec.template of Job is not a mapping, so no API server takes it']],
    [
      'a command that is a text',
      `${POD}spec: {containers: [{command: sleep 1, args: {a: b}}]}`,
      [
        'x.yaml:4: spec.containers.0.command of Pod a is not a list, so no API server takes it',
        'x.yaml:4: spec.containers.0.args of Pod a is not a list, so no API server takes it',
      ],
    ],
    ['nulls are what is not set', `${POD}spec: {securityContext: null, containers: [null, {env: null, ports: [null]}]}`, []],
    ['a kind of somebody else that has the same name', 'apiVersion: example.com/v1\nkind: Job\nspec: {template: []}', []],
    ['a part of an object, as patches are', 'kind: Deployment\nspec: {replicas: 2}', []],
  ])('%s', (_, text, expected) => {
    expect(gaps(collect({ 'x.yaml': text }))).toEqual(expected);
  });

  test('a secret in a name is masked', () => {
    expect(JSON.stringify(collect({ 'compose.yaml': 'services: {a: {extends: {file: "https://me:hunter2hunter2@x/y.yaml", service: b}}}' }).gaps)).not.toContain('hunter2');
  });

  test('files that hold nothing are counted, and told where they were named', () => {
    const found = collect({ 'a.yaml': POD, 'b.yaml': 'x: 1', 'c.json': '{"x": 1}', 'd.json': '// comment' });
    expect(found.sources).toMatchObject([{ resources: 1, files: 4, ignored: 3 }]);
    expect(found.gaps).toEqual([]);
    const [nothing, notJson] = gaps(collect({}, ['b.yaml', 'd.json', 'a.yaml']));
    expect(nothing).toBe('b.yaml: it holds no Kubernetes object, compose file or Dockerfile');
    expect(notJson).toMatch(/^d\.json/);
  });

  test('a template gets the same sentence once, however often it is broken', () => {
    expect(collect({ 'x.yaml': `${'{{ x }}\n---\n'.repeat(100)}` }).gaps).toHaveLength(1);
  });
});

describe('what is named twice is read once', () => {
  const files = { 'a.yaml': POD, 'sub/b.yaml': POD.replace('name: a', 'name: b'), 'sub/broken.yaml': 'a: [', 'chart/Chart.yaml': 'name: x' };

  test.each<[string, readonly string[]]>([
    ['a folder', ['.', '.']],
    ['in other words', ['.', './sub/..']],
    ['a folder and one in it', ['.', 'sub']],
    ['the other way round', ['sub', '.']],
    ['a folder and a file in it', ['a.yaml', '.', 'sub/b.yaml', 'sub/broken.yaml']],
    ['a folder and a chart in it', ['chart', '.', 'chart']],
  ])('%s', (_, paths) => {
    const found = collect(files, paths);
    expect(names(found)).toEqual(['Pod/a', 'Pod/b']);
    expect(gaps(found)).toHaveLength(2);
    // They belong together, whatever was named first.
    expect(found.units.filter(({ resources }) => resources.length > 0)).toHaveLength(1);
    expect(found.sources.reduce((sum, { files }) => sum + files, 0)).toBe(3);
  });

  test('the order in which files are named makes no difference', () => {
    const shuffled = ['sub/broken.yaml', 'a.yaml', 'sub/b.yaml'];
    expect(JSON.stringify(collect(files, shuffled))).toBe(JSON.stringify(collect(files, shuffled.toReversed())));
  });

  test('an ignored folder that is named is read, in another one or not', () => {
    mkdirSync(join(root, '.git'));
    expect(names(collect({ '.gitignore': 'out/\n', 'a.yaml': POD, 'out/b.yaml': POD.replace('name: a', 'name: b') }, ['out', '.']))).toEqual(['Pod/a', 'Pod/b']);
  });

  test('many names are not all told', () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}.yaml`, POD]));
    expect(collect(many, Object.keys(many)).sources[0]?.target).toMatch(/and 17 more files$/);
  });
});

describe('excerpts', () => {
  test('end where the document ends, and show no more of a line than fits', () => {
    const text = `kind: Secret\nmetadata: {name: s}\nstringData: {x: hunter2hunter2}\n---\n${POD}spec:\n  long: ${'x'.repeat(500)}\n  longer: ${'password=hunter2hunter2 '.repeat(2000)}\n---\nkind: Secret\nmetadata: {name: s}\nstringData: {x: hunter2hunter2}\n`;
    const pod = objects(collect({ 'x.yaml': text }))[1];
    const lines = [['kind'], ['spec', 'longer']].flatMap((path) => pod?.origin.excerpt(pod.origin.locate(path)) ?? []);
    expect(lines.map(({ line }) => line)).toEqual([5, 6, 7, 8, 8, 9, 10]);
    for (const { text: shown } of lines) {
      expect(shown.length).toBeLessThanOrEqual(201);
      expect(shown).not.toContain('hunter2');
    }
  });

  test('a secret at the end of what is looked at of a line is not shown in part', () => {
    // Four long secrets become four masks, so that what comes behind them would fit on the line.
    const long = `DB_PASSWORD='${'s'.repeat(1900)}' `.repeat(4);
    for (let length = 10; length < 400; length += 7) {
      const line = `${long}TOKEN='${'s'.repeat(length)}' postgres://me:hunter2hunter2@db ${'x'.repeat(4000)}`;
      const pod = objects(collect({ 'x.yaml': `${POD}# ${line}\nx: "${line}"\n` }))[0];
      const shown = JSON.stringify(pod?.origin.excerpt(pod.origin.locate(['x'])));
      expect(shown).not.toContain('hunter2');
      expect(shown).toContain('•••');
    }
  });
});

describe('kustomizations that are read as files', () => {
  const KUSTOMIZATION = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n';

  test.each<[string, Readonly<Record<string, string>>, readonly string[], readonly string[]]>([
    [
      'a base at an address is not part of the scan',
      { 'kustomization.yaml': `${KUSTOMIZATION}resources:\n  - pod.yaml\n  - https://github.com/a/b?ref=v1\n`, 'pod.yaml': POD },
      ['.'],
      ['kustomization.yaml:5: it takes in https://github.com/a/b?ref=v1, which is not part of this scan'],
    ],
    [
      'nor are several, nor one without kind and apiVersion',
      { 'x/Kustomization': 'bases: [github.com/a/b, github.com/c/d]\ncomponents: [../gone]\n', 'pod.yaml': POD },
      ['.'],
      ['x/Kustomization:1: it takes in github.com/a/b and 2 more, which are not part of this scan'],
    ],
    [
      'an overlay without its base',
      { 'prod/kustomization.yaml': `${KUSTOMIZATION}resources: [../base]\n`, 'base/pod.yaml': POD, 'prod/pod.yaml': POD },
      ['prod'],
      ['prod/kustomization.yaml:3: it takes in ../base, which is not part of this scan'],
    ],
    ['an overlay with its base', { 'prod/kustomization.yaml': `${KUSTOMIZATION}resources: [../base]\n`, 'base/pod.yaml': POD }, ['.'], []],
    ['both, named one by one', { 'prod/kustomization.yaml': `${KUSTOMIZATION}resources: [../base/]\n`, 'base/pod.yaml': POD }, ['base', 'prod'], []],
    ['a file that was named, too', { 'kustomization.yaml': `${KUSTOMIZATION}resources: [pod.yaml]\n`, 'pod.yaml': POD }, ['kustomization.yaml', 'pod.yaml'], []],
    ['what is no list', { 'kustomization.yaml': `${KUSTOMIZATION}resources: {a: b}\nbases: [1, null]\n`, 'pod.yaml': POD }, ['.'], []],
    ['another kind of that name', { 'x.yaml': 'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\nspec: {path: ./x}\n' }, ['.'], []],
  ])('%s', (_, files, paths, expected) => {
    expect(gaps(collect(files, paths))).toEqual(expected);
  });

  test('the hint is what reads all of it, and doing so is enough', () => {
    const files = { 'prod/kustomization.yaml': 'resources: [../base]\n', 'base/kustomization.yaml': 'resources: [https://example.com/a.yaml]\n', 'base/pod.yaml': POD };
    const { gaps: told } = collect(files);
    expect(told.map(({ hint }) => hint)).toEqual([`scan what it renders to: seaworthy scan -k ${join(root, 'base')}`]);
    const again = collectManifests({ paths: [root], kustomizations: [join(root, 'prod')], charts: [], chartValues: [], environment: {}, allowEmpty: false });
    // Whether a renderer is there does not matter to this.
    expect(again.gaps.filter(({ because }) => because.includes('takes in'))).toEqual([]);
  });
});
