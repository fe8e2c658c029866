import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/model/report.ts';
import { BIN, pod, seaworthy, temporaryFolder, write } from './run.ts';

// Real files and the real program: what is broken is named, the rest is judged, and nothing ends in a stack.

interface Report {
  readonly scan: {
    readonly complete: boolean;
    readonly sources: { target: string; files: number; resources: number }[];
    readonly gaps: { about: string; because: string; hint: string; location?: { line: number; column: number } }[];
  };
  readonly summary: { readonly judged: number; readonly violation: number };
  readonly findings: readonly Finding[];
}

const work = temporaryFolder('bad-input');
let folders = 0;

/** A folder with these files. */
function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = join(work, String(folders++));
  mkdirSync(folder);
  write(folder, files);
  return folder;
}

function scan(
  folder: string,
  args: readonly string[] = ['.'],
  options: Parameters<typeof seaworthy>[2] = {},
): Report & { readonly status: number | null; readonly stderr: string; readonly gaps: readonly string[]; readonly stdout: string } {
  const { status, signal, stdout, stderr } = seaworthy(folder, ['scan', ...args, '-o', 'json'], options);
  expect(signal).toBe(null);
  expect(stderr).not.toMatch(/\n\s+at |This is a fault of seaworthy/);
  const report = JSON.parse(stdout) as Report;
  const gaps = report.scan.gaps.map(({ about, because, location }) => `${about}${location === undefined ? '' : `:${location.line}:${location.column}`}: ${because}`);
  return { ...report, status, stderr, gaps, stdout };
}

/** What acts on a terminal, line ends aside. */
const CONTROL = /(?!\n)[\p{Cc}\p{Cf}]/u;

const podsOf = ({ findings }: Report): string[] => [...new Set(findings.map(({ subject }) => subject.name))].sort();

const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]', ...Array.from({ length: 30 }, (_, row) => `a${row + 1}: &a${row + 1} [${Array(10).fill(`*a${row}`).join(', ')}]`)].join(
  '\n',
);

describe('a folder of broken files', () => {
  const folder = folderWith({
    'a-good.yaml': pod('good'),
    'b-broken.yaml': `${pod('before')}---\na: [1, 2\nb: 3\n---\n${pod('after')}`,
    'c-tabs.yaml': 'a:\n\tb: 1\n',
    'd-bom.yaml': `\ufeff${pod('bom')}`,
    'e-crlf.yaml': pod('crlf').replaceAll('\n', '\r\n'),
    'f-nul.yaml': 'a: \0\n',
    'g-latin.yaml': Buffer.from('a: ü\n', 'latin1'),
    'h-utf16le.yaml': Buffer.from(`\ufeff${pod('little')}`, 'utf16le'),
    'i-utf16be.yaml': Buffer.from(`\ufeff${pod('big')}`, 'utf16le').swap16(),
    'j-bomb.yaml': bomb,
    'k-cycle.yaml': 'a: &a [*a]\n',
    'l-deep.yaml': '['.repeat(100_000),
    'm-line.yaml': `${pod('line')}# ${'x'.repeat(1_000_000)}\n`,
    'n-template.yaml': 'a: {{ .Values.a }}\n---\n{{ b }}\n',
    'o-text.yaml': 'hello\n',
    'p-empty.yaml': '',
    'q-comment.yaml': '# nothing\n---\n',
    'r-json.json': JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'json' }, spec: { containers: [{ name: 'a', image: 'nginx' }] } }, undefined, '\t'),
    's-other.json': '{"compilerOptions": {}}',
    't-kind.yaml': 'apiVersion: v1\nknd: Pod\nmetadata: {name: x}\n',
    'u-deep/1/2/3/4/5/6/7/8/9/a.yaml': pod('nested'),
    'v\u001b[31m\u202e.yaml': 'a: [',
  });
  writeFileSync(join(folder, 'w-large.yaml'), '');
  truncateSync(join(folder, 'w-large.yaml'), 100 * 1024 * 1024);
  symlinkSync('.', join(folder, 'x-loop'));
  symlinkSync('nowhere', join(folder, 'y-dangling.yaml'));
  symlinkSync('z-circle.yaml', join(folder, 'z-circle.yaml'));
  execFileSync('mkfifo', [join(folder, 'zz-pipe.yaml')]);
  const report = scan(folder);

  test('the good ones are judged', () => {
    expect(podsOf(report)).toEqual(['after', 'before', 'big', 'bom', 'crlf', 'good', 'json', 'line', 'little', 'nested']);
    expect(report.status).toBe(1);
    expect(report.scan.complete).toBe(false);
  });

  test('each of the others is named, with line and column where there are any', () => {
    expect(report.gaps).toEqual([
      'b-broken.yaml:10:1: a bracket or quote above is not closed, or this line is indented too little',
      'c-tabs.yaml:2:1: tab characters must not be used in indentation (YAML indents with spaces)',
      'f-nul.yaml:1:4: it holds a NUL byte, so it is not text',
      'g-latin.yaml: it is not UTF-8 text',
      'j-bomb.yaml:5:46: its aliases repeat more than 100,000 values',
      'k-cycle.yaml:1:9: an alias refers to the value that holds it',
      'l-deep.yaml:1:200: it is nested more than 200 levels deep',
      'n-template.yaml:1:5: it is a template that is not rendered',
      't-kind.yaml:1:13: it has an apiVersion and no kind, so no API server takes it',
      'v\u001b[31m\u202e.yaml:1:4: unexpected end of the stream within a flow collection',
      'w-large.yaml: it has 100 MiB; files up to 64 MiB are read',
      'y-dangling.yaml: the link points at nothing, or in a circle',
      'z-circle.yaml: the link points at nothing, or in a circle',
      'zz-pipe.yaml: it is not a regular file',
    ]);
  });

  test('the text says the same, and no name acts on the terminal', () => {
    const { status, stdout } = seaworthy(folder, ['scan', '.', '-v']);
    expect(status).toBe(1);
    expect(stdout).toContain('NOT READ    14 things that were asked for');
    expect(stdout.replace(/\s+/g, ' ')).toContain('c-tabs.yaml:2:1: tab characters must not be used in indentation');
    expect(stdout).toContain('Incomplete');
    expect(stdout).not.toMatch(CONTROL);
  });

  test('formats that have no room for it leave it to standard error', () => {
    for (const format of ['wide', 'name', 'json']) {
      const { stdout, stderr } = seaworthy(folder, ['scan', '.', '-o', format]);
      if (format !== 'json') expect(stdout).not.toContain('c-tabs');
      expect(stderr).toMatch(/^warning: not read: b-broken.yaml:\d+:\d+: /m);
      expect(stderr).toContain('warning: not read: 4 more');
      expect(stderr).not.toMatch(CONTROL);
    }
  });

  test('the order in which files are named makes no difference', () => {
    const files = ['a-good.yaml', 'b-broken.yaml', 'c-tabs.yaml', 'd-bom.yaml', 'r-json.json', 'u-deep'];
    const [forth, back] = [files, files.toReversed()].map((paths) => scan(folder, paths).stdout.replace(/"startedAt":"[^"]*","durationMs":\d+/, ''));
    expect(forth).toBe(back);
  });
});

describe('nothing but what cannot be read', () => {
  test.each<[string, Record<string, string>, string]>([
    ['an empty folder', {}, '.: it holds no Kubernetes object, compose file or Dockerfile'],
    ['a compose file that runs nothing', { 'compose.yaml': 'name: x\nservices:\n' }, '.: it holds no Kubernetes object, compose file or Dockerfile'],
    ['files of others', { 'a.txt': 'x', 'package.json': '{}', 'values.yaml': 'a: 1' }, '.: it holds no Kubernetes object, compose file or Dockerfile'],
    ['a broken file', { 'a.yaml': 'a: [' }, 'a.yaml:1:4: unexpected end of the stream within a flow collection'],
  ])('%s: exit 3', (_, files, gap) => {
    const report = scan(folderWith(files));
    expect(report).toMatchObject({ status: 3, gaps: [gap], summary: { judged: 0 } });
  });

  test('--allow-empty: what is empty is fine, and what is broken is not', () => {
    expect(scan(folderWith({}), ['.', '--allow-empty'])).toMatchObject({ status: 0, gaps: [] });
    expect(scan(folderWith({ 'a.yaml': 'x: 1' }), ['.', '--allow-empty'])).toMatchObject({ status: 0, gaps: [] });
    expect(scan(folderWith({ 'a.yaml': 'a: [' }), ['.', '--allow-empty']).status).toBe(3);
    expect(scan(folderWith({ 'a.yaml': 'a: [' }), ['.', '--allow-empty', '--allow-incomplete']).status).toBe(0);
  });

  test('a file that is named and holds nothing is told', () => {
    expect(scan(folderWith({ 'values.yaml': 'a: 1', 'x.txt': 'hello' }), ['values.yaml', 'x.txt'])).toMatchObject({
      status: 3,
      gaps: ['values.yaml: it holds no Kubernetes object, compose file or Dockerfile', 'x.txt: it holds no Kubernetes object, compose file or Dockerfile'],
    });
  });

  test('no word of success', () => {
    const { stdout } = seaworthy(folderWith({ 'a.yaml': 'a: [' }), ['scan', '.']);
    expect(stdout).toContain('exit 3');
    expect(stdout).not.toMatch(/No violation/);
  });
});

describe('paths', () => {
  const folder = folderWith({
    'a.yaml': pod('a'),
    'sub/b.yaml': pod('b'),
    'sub/c.yaml': pod('c'),
    '.gitignore': 'out/\n',
    '.git/HEAD': '',
    'out/d.yaml': pod('d'),
    'node_modules/x/e.yaml': pod('e'),
    'with blank/f g.yaml': pod('f'),
    '-dash.yaml': pod('dash'),
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['a folder', ['.'], ['a', 'b', 'c', 'dash', 'f']],
    ['a file', ['a.yaml'], ['a']],
    ['-f', ['-f', 'a.yaml', '-f', 'sub'], ['a', 'b', 'c']],
    ['two dots', ['sub/../a.yaml', 'sub/./../sub/b.yaml'], ['a', 'b']],
    ['a glob in quotes', ['s*/*.yaml'], ['b', 'c']],
    ['a glob over folders', ['**/?.yaml'], ['a', 'b', 'c', 'd', 'e']],
    ['an ignored file that is named', ['out/d.yaml'], ['d']],
    ['an ignored folder that is named', ['out'], ['d']],
    ['a skipped folder that is named', ['node_modules'], ['e']],
    ['blanks', ['with blank/f g.yaml'], ['f']],
    ['a name like an option', ['--', '-dash.yaml'], ['dash']],
  ])('%s', (_, args, names) => {
    // What comes after `--` is a path, `-o` too.
    const { stdout, status } = seaworthy(folder, ['scan', '-o', 'json', ...args]);
    expect(podsOf(JSON.parse(stdout) as Report)).toEqual(names);
    expect(status).toBe(1);
  });

  test('the same object in two files is one finding with both places', () => {
    const both = scan(folderWith({ 'x.yaml': pod('a'), 'y/z.yaml': pod('a') }));
    const [image] = both.findings.filter(({ policy }) => policy === 'image-pinned');
    expect(image).toMatchObject({ location: { file: 'x.yaml', line: 7 }, also: [{ file: 'y/z.yaml', line: 7 }] });
    expect(both.findings.filter(({ policy }) => policy === 'image-pinned')).toHaveLength(1);
  });

  test('two thousand files', () => {
    const many = folderWith(Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`${index % 50}/${index}.yaml`, pod(`p${index}`)])));
    const report = scan(many, ['.', '--only', 'image-pinned']);
    expect(report.scan.sources).toMatchObject([{ files: 2000, resources: 2000 }]);
    expect(report.findings.filter(({ policy }) => policy === 'image-pinned')).toHaveLength(2000);
  });

  test('the same object a thousand times', () => {
    const many = folderWith(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`${index}.yaml`, pod('same')])));
    const [image] = scan(many, ['.', '--only', 'image-pinned']).findings;
    expect(image?.also).toHaveLength(999);
    expect(image?.location).toMatchObject({ file: '0.yaml' });
  });

  test('one object with as many containers as aliases may make', () => {
    const aliased = `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nx: &c {name: a, image: nginx}\nspec: {containers: [${Array(15_000).fill('*c').join(',')}]}\n`;
    expect(scan(folderWith({ 'a.yaml': aliased })).status).toBe(1);
  });
});

describe('what a user may not read', () => {
  const isRoot = process.getuid?.() === 0;
  const nobody = isRoot ? { uid: 65534, gid: 65534 } : {};
  const folder = folderWith({ 'a.yaml': pod('a'), 'locked.yaml': pod('locked'), 'closed/b.yaml': pod('b') });
  chmodSync(join(folder, 'locked.yaml'), 0);
  chmodSync(join(folder, 'closed'), 0);
  chmodSync(work, 0o755);

  test('in a folder', () => {
    expect(scan(folder, ['.'], nobody)).toMatchObject({ status: 1, gaps: ['closed: permission denied', 'locked.yaml: permission denied'] });
  });

  test('named', () => {
    const report = scan(folder, ['locked.yaml', 'closed', 'closed/b.yaml'], nobody);
    expect(report).toMatchObject({ status: 3 });
    expect([...report.gaps].sort()).toEqual(['closed/b.yaml: permission denied', 'closed: permission denied', 'locked.yaml: permission denied']);
  });
});

describe('standard input', () => {
  const folder = folderWith({ 'a.yaml': pod('a') });

  test.each<[string, readonly string[], string, number, readonly string[]]>([
    ['-', ['-'], pod('x'), 1, ['x']],
    ['-f -', ['-f', '-'], pod('x'), 1, ['x']],
    ['with a file', ['a.yaml', '-'], pod('x'), 1, ['a', 'x']],
    ['twice', ['-', '-f', '-'], pod('x'), 1, ['x']],
    [
      'JSON',
      ['-'],
      '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"j"},"spec":{"containers":[{"name":"a","image":"nginx"}]}}]}',
      1,
      ['j'],
    ],
    ['nothing', ['-'], '', 3, []],
    ['something else', ['-'], 'hello\n', 3, []],
    ['broken', ['-'], `${pod('x')}---\na: [\n`, 1, ['x']],
  ])('%s', (_, args, input, status, names) => {
    const report = scan(folder, args, { input });
    expect(report.status).toBe(status);
    expect(podsOf(report)).toEqual(names);
  });

  test('what helm renders', () => {
    const input = `---\n# Source: web/templates/a.yaml\n${pod('a')}---\n# Source: web/templates/b.yaml\n${pod('b')}`;
    const { findings } = scan(folder, ['-'], { input });
    expect(findings.map(({ location }) => (location as { template?: string }).template)).toContain('web/templates/b.yaml');
    expect(findings[0]?.location).toMatchObject({ file: 'stdin' });
  });

  test('closed, or a folder', () => {
    expect(scan(folder, ['-'], { stdio: ['ignore', 'pipe', 'pipe'] })).toMatchObject({ status: 3, gaps: [expect.stringContaining('it holds no Kubernetes object')] });
    expect(JSON.parse(execSh(`"${process.execPath}" "${BIN}" scan - -o json < .`, folder)).scan.gaps).toMatchObject([{ about: 'stdin', because: 'it is a folder' }]);
  });

  test('a file of a shell’s own making', () => {
    expect(podsOf(JSON.parse(execSh(`"${process.execPath}" "${BIN}" scan <(cat a.yaml) -o json`, folder)) as Report)).toEqual(['a']);
  });

  test('a named pipe does not hang', () => {
    const pipe = join(folder, 'pipe.yaml');
    if (!existsSync(pipe)) execFileSync('mkfifo', [pipe]);
    expect(scan(folder, ['pipe.yaml'])).toMatchObject({ status: 3, gaps: ['pipe.yaml: it is a named pipe, which may never end'] });
  });

  test('a writer that takes its time', async () => {
    const child = spawn(process.execPath, [BIN, 'scan', '-', '-o', 'name'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const text = pod('slow');
    for (const part of [text.slice(0, 20), text.slice(20, 50), text.slice(50)]) {
      child.stdin.write(part);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    child.stdin.end();
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect(status).toBe(1);
    expect(stdout).toMatch(/^[0-9a-f]{12}\n/);
  });
});

/** Ends well or not: what it wrote counts. */
function execSh(command: string, cwd: string): string {
  try {
    return execFileSync('bash', ['-c', command], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    return String((error as { stdout: string }).stdout);
  }
}

describe('charts and kustomizations, without a renderer', () => {
  const folder = folderWith({
    'deploy/a.yaml': pod('a'),
    'deploy/web/Chart.yaml': 'apiVersion: v2\nname: web\n',
    'deploy/web/values.yaml': 'a: 1',
    'deploy/web/templates/a.yaml': 'kind: Pod\nmetadata: {name: {{ .Release.Name }}}\n',
    'deploy/web/templates/b.yaml': '{{- if .Values.b }}\nkind: Pod\n{{- end }}\n',
    'base/kustomization.yaml': 'resources: [pod.yaml]\n',
    'base/pod.yaml': pod('base'),
    "it's/Chart.yaml": 'name: x',
  });
  const noTools = { env: { PATH: '/nowhere' } };

  test('a chart in a folder is one gap, which names the pipe', () => {
    const report = scan(folder, ['deploy'], noTools);
    expect(report).toMatchObject({ status: 1, gaps: ['deploy/web: it is a Helm chart, and helm is not on the PATH'] });
    expect(report.scan.gaps[0]?.hint).toBe('render it yourself: helm template deploy/web | seaworthy scan -f -');
    expect(podsOf(report)).toEqual(['a']);
  });

  test.each(['deploy/web', './deploy/web/', 'deploy/web/.'])('so is one that is named: %s', (path) => {
    expect(scan(folder, [path], noTools)).toMatchObject({
      status: 3,
      scan: { gaps: [{ because: 'it is a Helm chart, and helm is not on the PATH', hint: 'render it yourself: helm template deploy/web | seaworthy scan -f -' }] },
    });
  });

  test('--chart with values', () => {
    const { scan: told } = scan(folder, ['--chart', 'deploy/web', '--values', 'my values.yaml'], noTools);
    expect(told.gaps).toMatchObject([{ hint: "render it yourself: helm template deploy/web -f 'my values.yaml' | seaworthy scan -f -" }]);
  });

  test('-k', () => {
    expect(scan(folder, ['-k', 'base'], noTools)).toMatchObject({
      status: 3,
      scan: {
        gaps: [
          {
            about: 'base',
            because: 'it is a kustomization, and neither kustomize nor kubectl is on the PATH',
            hint: 'render it yourself: kubectl kustomize base | seaworthy scan -f -',
          },
        ],
      },
    });
  });

  test('a hint is for copying', () => {
    expect(scan(folder, ["it's"], noTools).scan.gaps[0]?.hint).toContain("helm template 'it'\\''s' |");
  });
});

describe('charts and kustomizations, with one', () => {
  // What stands in for helm writes down what it was called with.
  const folder = folderWith({
    'bin/helm':
      '#!/bin/sh\nprintf \'%s\\n\' "$@" > called\ncase "$3" in */bad) echo "E1121 14:56:48.673982   31870 run.go:72] Error: values: password=hunter2hunter2" >&2; echo "hunter2hunter2" >&2; exit 1;; esac\nprintf -- \'---\\n# Source: web/templates/a.yaml\\napiVersion: v1\\nkind: Pod\\nmetadata: {name: rendered}\\nspec: {containers: [{name: a, image: nginx}]}\\n\'\n',
    '--post-renderer=evil/Chart.yaml': 'name: x',
    'bad/Chart.yaml': 'name: x',
    'web/Chart.yaml': 'name: x',
  });
  chmodSync(join(folder, 'bin/helm'), 0o755);
  execFileSync('cp', [join(folder, 'bin/helm'), join(folder, 'bin/kustomize')]);
  const tools = { env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}` } };

  test('what it renders is judged, and told with its template', () => {
    const report = scan(folder, ['web'], tools);
    expect(podsOf(report)).toEqual(['rendered']);
    expect(report.findings[0]?.location).toMatchObject({ file: 'web', template: 'web/templates/a.yaml' });
    expect(podsOf(scan(folder, ['-k', 'web'], tools))).toEqual(['rendered']);
  });

  test('why it failed is told, masked, and not what it went on to say', () => {
    const report = scan(folder, ['bad'], tools);
    expect(report).toMatchObject({ status: 3, gaps: ['bad: helm failed: Error: values: password=•••'] });
  });

  test.each([
    ['"command failed" err="unable to find \\"kustomization.yaml\\" in web"', 'unable to find "kustomization.yaml" in web'],
    ['"command failed" err=<\n\taccumulating resources: no such file\n\tand more\n >', 'accumulating resources: no such file'],
  ])('what kubectl logs as a field is told as a sentence: %j', (logged, told) => {
    write(folder, { 'logged/bin/kustomize': `#!/bin/sh\ncat >&2 <<'E'\nE1121 14:56:48.673982   31870 run.go:72] ${logged}\nE\nexit 1\n` });
    chmodSync(join(folder, 'logged/bin/kustomize'), 0o755);
    const report = scan(folder, ['-k', 'web'], { env: { PATH: `${join(folder, 'logged/bin')}:${process.env['PATH']}` } });
    expect(report.gaps).toEqual([`web: kustomize failed: ${told}`]);
  });

  test('a folder that is called like an option is a folder', () => {
    scan(folder, ['.'], tools);
    scan(folder, ['--chart', './--post-renderer=evil'], tools);
    expect(execFileSync('cat', [join(folder, 'called')], { encoding: 'utf8' }).split('\n')).toEqual(['template', 'release-name', join(folder, '--post-renderer=evil'), '']);
  });
});

describe('hostile objects', () => {
  const shapes = ['{toString: 1, valueOf: 2}', '[]', '[[]]', 'text', '5', 'true', 'null', '{__proto__: {a: 1}, constructor: x, hasOwnProperty: 1}'];
  const paths = [
    'metadata',
    'metadata.name',
    'metadata.namespace',
    'metadata.labels',
    'metadata.labels.app',
    'metadata.annotations',
    'spec',
    'spec.replicas',
    'spec.template',
    'spec.template.metadata',
    'spec.template.metadata.annotations',
    'spec.template.spec',
    'spec.template.spec.containers',
    'spec.template.spec.initContainers',
    'spec.template.spec.securityContext',
    'spec.template.spec.volumes',
    'spec.template.spec.hostNetwork',
    'spec.template.spec.serviceAccountName',
    'spec.template.spec.containers.0',
    ...[
      'name',
      'image',
      'command',
      'args',
      'env',
      'envFrom',
      'ports',
      'securityContext',
      'resources',
      'volumeMounts',
      'livenessProbe',
      'lifecycle',
      'env.0',
      'env.0.name',
      'env.0.value',
      'env.0.valueFrom',
      'ports.0',
      'ports.0.containerPort',
      'args.0',
      'securityContext.runAsUser',
      'securityContext.capabilities',
      'securityContext.capabilities.add',
      'resources.limits',
      'resources.limits.memory',
    ].map((key) => `spec.template.spec.containers.0.${key}`),
  ];

  /** A Deployment in which one place holds something else. */
  function deployment(path: string, shape: string): string {
    const whole = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a', namespace: 'b', labels: { app: 'x' }, annotations: { a: 'b' } },
      spec: {
        replicas: 1,
        template: {
          metadata: { annotations: {} },
          spec: {
            containers: [
              {
                name: 'c',
                image: 'nginx',
                command: ['a'],
                args: ['b'],
                env: [{ name: 'A', value: '$(B)', valueFrom: {} }],
                ports: [{ containerPort: 80 }],
                securityContext: { runAsUser: 0, capabilities: { add: ['X'] } },
                resources: { limits: { memory: '1Gi' } },
              },
            ],
          },
        },
      },
    };
    const steps = path.split('.');
    let at = whole as unknown as Record<string, unknown>;
    for (const step of steps.slice(0, -1)) {
      at[step] ??= {};
      at = at[step] as Record<string, unknown>;
    }
    at[steps.at(-1) ?? ''] = '@@';
    return JSON.stringify(whole).replace('"@@"', shape);
  }

  test('of any type at any place are judged or told, and crash nothing', () => {
    const documents = paths.flatMap((path) => shapes.map((shape) => deployment(path, shape)));
    const folder = folderWith({ 'all.yaml': documents.join('\n---\n') });
    for (const args of [
      ['.', '--show', 'pass,unknown'],
      ['.', '-l', 'app=x,constructor'],
      ['.', '-n', 'b'],
    ]) {
      const report = scan(folder, args);
      expect([1, 3]).toContain(report.status);
    }
    const { status, stdout } = seaworthy(folder, ['scan', '.', '--show', 'pass,unknown', '-v']);
    expect(status).toBe(1);
    expect(stdout).toContain('exit 1');
    expect(Object.prototype).not.toHaveProperty('a');
  });

  test('names act on no terminal, in no format', () => {
    const name = '"\\e[2Ja\\u202e\\u0007\\r\\nHIGH forged"';
    const folder = folderWith({
      'a.yaml': `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: ${name}}\nspec: {containers: [{name: ${name}, image: ${name}, env: [{name: ${name}, value: "password=hunter2"}]}]}\n`,
    });
    for (const format of ['text', 'wide', 'json', 'name']) {
      const { stdout, stderr } = seaworthy(folder, ['scan', '.', '-o', format, '--show', 'pass,unknown']);
      expect(stdout + stderr).not.toMatch(CONTROL);
      expect(stdout).not.toMatch(/^HIGH forged/m);
    }
  });

  test.each<[string, string]>([
    ['no metadata', 'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: nginx}]}'],
    ['no spec', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}'],
    ['no containers', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: null}'],
    ['no kind that anybody knows', 'apiVersion: x/v1\nkind: Foo\nspec: {a: {containers: [{image: nginx}]}}'],
  ])('%s', (_, text) => {
    expect([0, 1, 3]).toContain(scan(folderWith({ 'a.yaml': text })).status);
  });
});
