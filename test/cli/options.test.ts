import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/model/report.ts';
import { BIN, pod, seaworthy, temporaryFolder, write } from './run.ts';

const folder = temporaryFolder('options');
write(folder, {
  'pod.yaml': pod('a').replace('metadata: {name: a}', 'metadata: {name: a, namespace: shop, labels: {app: web, tier: front}}'),
  'other.yaml': pod('b').replace('metadata: {name: b}', 'metadata: {name: b, labels: {app: db}}'),
  'fine.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n',
  'unknown.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: u}\nspec: {automountServiceAccountToken: false, containers: [{name: a, image: "r/x:1"}]}\n',
});

const COLOR_CODES = new RegExp(`${'\u001b'}\\[\\d+m`, 'g');

interface Report {
  readonly findings: readonly Finding[];
  readonly summary: { readonly violationsBySeverity: Readonly<Record<string, number>>; readonly unknown: number };
}

function report(...args: readonly string[]): Report & { readonly status: number | null } {
  const { stdout, status } = seaworthy(folder, ['scan', '-o', 'json', ...args]);
  return { ...(JSON.parse(stdout) as Report), status };
}

/** One sentence, what to do, and no stack. */
function complaint(args: readonly string[], options: Parameters<typeof seaworthy>[2] = {}): string {
  const { status, stdout, stderr } = seaworthy(folder, args, options);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: /);
  expect(stderr).not.toMatch(/\n\s+at |fault of seaworthy/);
  return stderr;
}

describe('wrong use: exit 2 and one line that says what to do', () => {
  test.each<[string, readonly string[], string | RegExp]>([
    ['nothing to scan', ['scan'], 'error: scan what? Name a file or folder, or a cluster with --cluster or --context.'],
    ['a path that is not there', ['scan', 'nope.yaml'], 'error: nope.yaml: no such file or folder\n'],
    ['a path that sounds like a secret', ['scan', 'db-password.yaml'], 'error: db-password.yaml: no such file or folder\n'],
    ['one of several', ['scan', 'pod.yaml', 'nope/'], 'error: nope/: no such file or folder\n'],
    [
      'an address',
      ['scan', 'https://example.com/a.yaml'],
      'error: https://example.com/a.yaml: addresses are not fetched; use: curl -sSf https://example.com/a.yaml | seaworthy scan -f -\n',
    ],
    ['an address with a password', ['scan', 'https://me:hunter2hunter2@example.com/a.yaml'], 'https://me:•••@example.com'],
    ['an unknown command', ['scna'], "error: unknown command 'scna'\n(Did you mean scan?)\n"],
    ['an unknown option', ['scan', 'pod.yaml', '--polices', 'x'], "error: unknown option '--polices'\n(Did you mean --policies?)\n"],
    ['an unknown format', ['scan', 'pod.yaml', '-o', 'jsn'], 'There is no format "jsn"; there are text, wide, json, name, policyreport, openreports, prom.'],
    ['a format without a file', ['scan', 'pod.yaml', '-o', 'json='], 'A file name is missing after "json=".'],
    [
      'two formats for one output',
      ['scan', 'pod.yaml', '-o', 'json', '-o', 'text'],
      'only one format can go to standard output; give the others a file, as in -o json=report.json',
    ],
    ['two formats for one file', ['scan', 'pod.yaml', '-o', 'json=x', '-o', 'text=./y/../x'], /two formats would be written to \S+\/x\n/],
    ['an output that cannot be written', ['scan', 'pod.yaml', '-o', 'json=nowhere/x'], 'error: -o json=nowhere/x: no such file or folder\n'],
    ['an output that is a folder', ['scan', 'pod.yaml', '-o', 'json=.'], 'error: -o json=.: it is a folder\n'],
    ['an output without room', ['scan', 'pod.yaml', '-o', 'json=/dev/full'], 'error: /dev/full: there is no space left\n'],
    ['an unknown severity', ['scan', 'pod.yaml', '--fail-on', 'hgh'], 'Allowed choices are low, medium, high, critical, never.'],
    ['another unknown severity', ['scan', 'pod.yaml', '--min-severity', 'never'], 'Allowed choices are low, medium, high, critical.'],
    ['an unknown outcome', ['scan', 'pod.yaml', '--show', 'pass,fail'], 'There is no outcome "fail"; there are violation, unknown, waived, pass.'],
    ['an unknown profile', ['scan', 'pod.yaml', '--profile', 'pss'], 'error: --profile pss: there is no such profile; there are default,'],
    ['an unknown policy', ['scan', 'pod.yaml', '--only', 'workload-nonroot'], 'did you mean workload-non-root?; see: seaworthy policies list'],
    ['an unknown version', ['scan', 'pod.yaml', '--kube-version', '2.0'], 'error: --kube-version 2.0: write it as 1.30\n'],
    ['a selector that is none', ['scan', 'pod.yaml', '-l', 'a b'], `error: -l: "a b" is no label selector; write for example app=web or 'tier in (db,cache)'\n`],
    ['a config file that is not there', ['scan', 'pod.yaml', '--config', 'nope.yaml'], 'error: --config nope.yaml: no such file\n'],
    ['a folder of policies that is not there', ['scan', 'pod.yaml', '--policies', 'nope'], 'error: --policies nope: no such folder\n'],
    ['a name that is empty', ['scan', ''], 'error: a path is empty: perhaps a variable of the shell that is not set\n'],
    ['a list that is empty', ['scan', 'pod.yaml', '--only', ''], 'It names nothing.\n(see: seaworthy scan --help)\n'],
    ['a namespace that is empty', ['scan', 'pod.yaml', '-n', ' , '], 'It names nothing.'],
    ['a user, and no cluster', ['scan', 'pod.yaml', '--as', 'bob'], 'error: --as: no cluster is read; add --cluster, or --context NAME\n'],
    ['Secrets of no cluster', ['connections', 'pod.yaml', '--read-secrets'], 'error: --read-secrets: no cluster is read; add --cluster, or --context NAME\n'],
    ['values, and no chart', ['scan', 'pod.yaml', '--values', 'v.yaml'], 'error: --values v.yaml: it is for a chart that is named; add --chart DIR\n'],
    ['no cluster at a time', ['scan', 'pod.yaml', '--parallel', '0'], 'It is a number from 1 to 999.'],
    ['an unknown policy to list', ['policies', 'list', 'nope'], 'error: policies list: there is no policy, check or theme "nope"'],
    ['control characters in a name', ['scan', 'a\u001b[31m'], 'error: a\\u001b[31m: no such file or folder\n'],
  ])('%s', (_, args, message) => {
    const stderr = complaint(args);
    if (typeof message === 'string') expect(stderr).toContain(message);
    else expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(args.length === 1 ? 9 : 3);
  });

  test('no command at all: help, and exit 2', () => {
    const { status, stdout, stderr } = seaworthy(folder, []);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: seaworthy [options] [command]');
  });

  test.each(['scan', 'connections', 'rbac', 'report', 'explain', 'policies', 'install', 'schema', 'completion'])('%s --help is for people', (command) => {
    const { stdout } = seaworthy(folder, [command, '--help']);
    expect(stdout).not.toMatch(/default: (?:\[|\{|\d{5})|choices: "/);
    expect(stdout).not.toMatch(/^Arguments:\n\n/m);
  });

  test('help names what an argument may be', () => {
    expect(seaworthy(folder, ['schema', '--help']).stdout).toContain('(report, connections, policy, profile, config)');
    expect(seaworthy(folder, ['completion', '--help']).stdout).toContain('(bash, zsh, fish)');
    expect(seaworthy(folder, ['scan', '--help']).stdout).toMatch(/\(default: 5m\)/);
  });

  test('a folder that is gone', () => {
    const gone = join(folder, 'gone');
    mkdirSync(gone);
    const script = `rmdir "$PWD"; exec "${process.execPath}" "${BIN}" scan "${join(folder, 'fine.yaml')}"`;
    const { status, stderr } = spawnSync('/bin/sh', ['-c', script], { cwd: gone, encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, 'error: the folder that this was started in is gone; go to another one\n']);
  });

  test('what Node was told to keep from it', () => {
    const { status, stderr } = spawnSync(process.execPath, ['--permission', `--allow-fs-read=${join(BIN, '../..')}`, BIN, 'scan', 'fine.yaml'], { cwd: folder, encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: node --permission keeps \S+ from this program \(FileSystemRead\); allow it/);
    const blind = spawnSync(process.execPath, ['--permission', BIN, 'scan', 'fine.yaml'], { cwd: folder, encoding: 'utf8' });
    expect([blind.status, blind.stderr]).toEqual([2, expect.stringMatching(/^error: node --permission keeps this program from its own files; allow it: --allow-fs-read=\S+\n$/)]);
  });

  test('help is no mistake', () => {
    const { status, stdout, stderr } = seaworthy(folder, ['scan', '--help']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Exit codes: 0 fine, 1 violations, 2 wrong use, 3 something could not be read or nothing was judged, 130 interrupted.');
  });
});

describe('exit codes', () => {
  test.each<[readonly string[], number]>([
    [['pod.yaml'], 1],
    [['pod.yaml', '--fail-on', 'critical'], 0],
    [['pod.yaml', '--fail-on', 'low'], 1],
    [['pod.yaml', '--fail-on', 'never'], 0],
    [['pod.yaml', '--fail-on', 'never', '--fail-on-unknown'], 1],
    [['unknown.yaml', '--only', 'workload-non-root'], 0],
    [['unknown.yaml', '--only', 'workload-non-root', '--fail-on-unknown'], 1],
    [['fine.yaml', '--only', 'secrets-plaintext-in-spec-config'], 0],
    [['fine.yaml', '--only', 'workload-non-root'], 3],
    [['pod.yaml', '-n', 'nowhere'], 3],
    [['pod.yaml', '-n', 'nowhere', '--allow-empty'], 0],
  ])('%j: %i', (args, status) => {
    expect(seaworthy(folder, ['scan', ...args, '-o', 'name']).status).toBe(status);
  });

  test('nothing that was judged is not told by silence', () => {
    expect(seaworthy(folder, ['scan', 'pod.yaml', '-n', 'nowhere', '-o', 'name'])).toMatchObject({
      status: 3,
      stdout: '',
      stderr: 'warning: nothing was found to judge: see what was read, and what -n, -l and --only leave of it\n',
    });
    expect(seaworthy(folder, ['scan', 'pod.yaml', '-n', 'nowhere', '-o', 'name', '--allow-empty']).stderr).toBe('');
  });

  test('what is hidden counts nevertheless', () => {
    const { status, stdout } = seaworthy(folder, ['scan', 'pod.yaml', '--min-severity', 'critical']);
    expect(status).toBe(1);
    expect(stdout).toContain('high (hidden)');
    expect(stdout).not.toContain('pod.yaml:7');
  });
});

describe('what is shown', () => {
  test('--show', () => {
    const outcomes = (...args: readonly string[]) => [...new Set(report('unknown.yaml', ...args).findings.map(({ outcome }) => outcome))].sort();
    expect(outcomes()).toEqual(['unknown', 'violation']);
    expect(outcomes('--show', 'pass')).toEqual(['pass', 'unknown', 'violation']);
    const wide = seaworthy(folder, ['scan', 'unknown.yaml', '-o', 'wide', '--show', 'unknown, pass']).stdout;
    expect(wide).toMatch(/ UNKNOWN workload-non-root /);
    expect(wide).toMatch(/ PASS /);
  });

  const names = (...args: readonly string[]): string[] =>
    [...new Set(report('pod.yaml', 'other.yaml', '--only', 'images-supply-chain/*', ...args).findings.map(({ subject }) => `${subject.namespace}/${subject.name}`))].sort();

  test.each<[readonly string[], readonly string[]]>([
    [[], ['/b', 'shop/a']],
    [
      ['-n', 'shop'],
      ['shop/a', 'shop/b'],
    ],
    [['-n', 'shop,else'], ['shop/a']],
    [['-n', 'shop', '-n', 'else'], ['shop/a']],
    [['-l', 'app=web'], ['shop/a']],
    [['-l', 'app!=web'], ['/b']],
    [['-l', 'app in (web, db), tier'], ['shop/a']],
    [['-l', '!tier'], ['/b']],
  ])('%j', (args, expected) => {
    expect(names(...args)).toEqual(expected);
  });

  test('one policy, a family, a theme', () => {
    const policies = (only: string): string[] => [...new Set(report('pod.yaml', '--only', only).findings.map(({ policy }) => policy))];
    expect(policies('image-pinned-digest')).toEqual(['image-pinned-digest']);
    expect(policies('image-pinned').every((id) => id.startsWith('image-pinned'))).toBe(true);
    expect(policies('images-supply-chain/*')).toContain('image-pinned');
  });
});

describe('outputs', () => {
  test('several at once, and files without colour or the width of the terminal', () => {
    const out = join(folder, 'out');
    mkdirSync(out);
    const { stdout, stderr } = seaworthy(folder, ['scan', 'pod.yaml', '-o', 'json=out/r.json', '-o', 'text=out/r.txt', '-o', 'name', '--color', 'always']);
    expect(stdout).toMatch(/^(?:[0-9a-f]{12}\n)+$/);
    expect(stderr).toBe('');
    expect((JSON.parse(readFileSync(join(out, 'r.json'), 'utf8')) as Report).findings.length).toBeGreaterThan(5);
    expect(readFileSync(join(out, 'r.txt'), 'utf8')).not.toContain('\u001b');
  });

  test('- is standard output', () => {
    expect(JSON.parse(seaworthy(folder, ['scan', 'pod.yaml', '-o', 'json=-']).stdout)).toHaveProperty('findings');
    expect(existsSync(join(folder, '-'))).toBe(false);
  });

  test('nothing is written where an output cannot be', () => {
    expect(complaint(['scan', 'pod.yaml', '-o', 'name', '-o', 'json=nowhere/x'])).toContain('nowhere/x');
  });

  test.skipIf(process.getuid?.() !== 0)('a file that may not be written', () => {
    write(folder, { 'locked/x.json': '' });
    chmodSync(join(folder, 'locked'), 0o555);
    chmodSync(folder, 0o755);
    expect(complaint(['scan', 'pod.yaml', '-o', 'json=locked/y.json'], { uid: 65534, gid: 65534 })).toBe('error: -o json=locked/y.json: permission denied\n');
  });

  test.each<[string, readonly string[], Record<string, string>, boolean]>([
    ['no terminal', [], {}, false],
    ['--color always', ['--color', 'always'], {}, true],
    ['--color always, NO_COLOR', ['--color', 'always'], { NO_COLOR: '1' }, true],
    ['--color never, FORCE_COLOR', ['--color', 'never'], { FORCE_COLOR: '1' }, false],
    ['FORCE_COLOR', [], { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0', [], { FORCE_COLOR: '0' }, false],
    ['NO_COLOR wins', [], { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['an empty NO_COLOR is none', [], { NO_COLOR: '', FORCE_COLOR: '1' }, true],
    ['CLICOLOR_FORCE', [], { CLICOLOR_FORCE: '1' }, true],
  ])('colour: %s', (_, args, env, isColored) => {
    expect(seaworthy(folder, ['scan', 'pod.yaml', '--only', 'image-pinned', ...args], { env }).stdout.includes('\u001b[')).toBe(isColored);
  });

  const runIn = (command: string): { status: number; output: string } => {
    try {
      return {
        status: 0,
        output: execFileSync('bash', ['-c', command], { cwd: folder, encoding: 'utf8', env: { ...process.env, N: process.execPath, S: BIN }, stdio: ['ignore', 'pipe', 'pipe'] }),
      };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { status, output: stdout + stderr };
    }
  };

  test('a reader that goes away ends the writing, and nothing else', () => {
    write(folder, Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`many/${index}.yaml`, pod(`p${index}`)])));
    for (const format of ['text', 'wide', 'json', 'name']) {
      const { output } = runIn(`"$N" "$S" scan many -o ${format} 2> complaints | head -n 1; echo "\${PIPESTATUS[0]}"; cat complaints`);
      expect(output).toMatch(/^[^\n]+\n1\n$/);
    }
    expect(runIn(`"$N" "$S" policies list -o json 2>&1 | head -n 1; "$N" "$S" scan --help 2>&1 | true; echo fine`).output).toMatch(/^\[\nfine\n$/);
  });

  test('a standard output without room is told', () => {
    expect(runIn('"$N" "$S" scan pod.yaml > /dev/full')).toEqual({ status: 2, output: 'error: standard output: there is no space left\n' });
  });

  test('closed streams are no crash', () => {
    expect(runIn('"$N" "$S" scan pod.yaml -o name >&- 2>&1 <&-; echo $?').output).toMatch(/^(?:[0-9a-f]{12}\n)*[12]\n$/);
    expect(runIn('"$N" "$S" scan pod.yaml -o name 2>&- | wc -l').output.trim()).not.toBe('0');
  });

  test('on a terminal: colours, and its width', () => {
    const { output } = runIn(`script -qec 'stty cols 70; "$N" "$S" scan pod.yaml --only image-pinned' /dev/null`);
    expect(output).toContain('\u001b[');
    const widths = output
      .replaceAll(COLOR_CODES, '')
      .split(/\r?\n/)
      .map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(70);
  });

  test('an interrupt ends it', async () => {
    const child = spawn(process.execPath, [BIN, 'scan', '-'], { cwd: folder, stdio: ['pipe', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill('SIGINT');
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => child.once('close', (...ended) => resolve(ended)));
    child.stdin.destroy();
    expect([code, signal]).toEqual([null, 'SIGINT']);
    expect(stderr).toBe('');
  });
});

describe('seaworthy.yaml', () => {
  const project = join(folder, 'project');
  write(project, {
    'seaworthy.yaml':
      'paths: [deploy]\nfailOn: critical\nminSeverity: high\nonly: [image-pinned, image-pinned-digest]\nkubeVersion: "1.30"\nseverities:\n  image-pinned-digest: {severity: critical, reason: the registry is not ours}\n',
    'deploy/a.yaml': pod('a'),
    'conf/strict.yaml': 'paths: [../deploy]\npolicies: [own]\n',
    'conf/own/theme/pods-have-names/policy.yaml':
      'title: Pods have names\nseverity: high\nsubject: workload\nrequire: workload.name != "a"\nmessage: "{workload.name} is a name"\nexpected: b\nactual: "{workload.name}"\nwhy: Because a longer sentence has to stand here.\nfix: Give it another name, one that is not a.\nsince: 0.1.0\n',
  });
  const inProject = (args: readonly string[]) => {
    const { status, stdout, stderr } = seaworthy(project, ['scan', ...args, '-o', 'json']);
    return { status, stderr, ...(stdout === '' ? {} : (JSON.parse(stdout) as Report & { scan: { kubeVersion: string } })) };
  };

  test('gives paths, policies, severities with their reason, and the version', () => {
    const { status, findings, scan } = inProject([]) as Report & { status: number; scan: { kubeVersion: string } };
    expect(status).toBe(1);
    expect(findings.map(({ policy, severity, location }) => [policy, severity, (location as { file: string }).file])).toEqual([
      ['image-pinned-digest', 'critical', 'deploy/a.yaml'],
      ['image-pinned', 'high', 'deploy/a.yaml'],
    ]);
    expect(scan.kubeVersion).toBe('1.30');
    expect(seaworthy(project, ['scan']).stdout.replace(/\s+/g, ' ')).toContain('critical because the registry is not ours');
  });

  test('may end with .yml, but not both ways', () => {
    const short = join(folder, 'short');
    write(short, { 'seaworthy.yml': 'paths: [a.yaml]\nonly: [image-pinned]\n', 'a.yaml': pod('a') });
    expect(seaworthy(short, ['scan', '-o', 'name']).status).toBe(1);
    write(short, { 'seaworthy.yaml': 'paths: [a.yaml]\n' });
    expect(seaworthy(short, ['scan'])).toMatchObject({ status: 2, stderr: 'error: seaworthy.yaml and seaworthy.yml are both here; remove one of them\n' });
  });

  test('flags win', () => {
    expect(inProject(['--fail-on', 'never']).status).toBe(0);
    expect((inProject(['--only', 'workload-non-root']) as Report).findings.every(({ policy }) => policy.startsWith('workload-non-root'))).toBe(true);
  });

  test('paths are relative to the file', () => {
    const { findings } = inProject(['--config', 'conf/strict.yaml', '--only', 'pods-have-names']) as Report;
    expect(findings.map(({ policy, location }) => [policy, (location as { file: string }).file])).toEqual([['pods-have-names', 'deploy/a.yaml']]);
  });

  test('absolute paths are taken as they are, and - is standard input', () => {
    write(project, { 'conf/absolute.yaml': `paths: ["${join(project, 'deploy')}", "-"]\n` });
    const { stdout } = seaworthy(project, ['scan', '--config', 'conf/absolute.yaml', '-o', 'json', '--only', 'image-pinned-digest'], { input: pod('x') });
    expect((JSON.parse(stdout) as Report).findings.map(({ subject }) => subject.name)).toEqual(['a', 'x']);
  });

  test.each<[string, string, string]>([
    ['an unknown key', 'pathes: [x]\n', 'error: c.yaml: unknown key "pathes"; did you mean paths? (see: seaworthy schema config)\n'],
    ['a version that is none', 'kubeVersion: "thirty"\n', 'error: c.yaml: kubeVersion: must look like 1.30 (see: seaworthy schema config)\n'],
    ['a key that is near none', 'colour: x\n', 'error: c.yaml: unknown key "colour" (see: seaworthy schema config)\n'],
    ['a second document', 'paths: [deploy]\n---\nfailOn: never\n', 'error: c.yaml: it holds 2 documents; settings are one\n'],
    [
      'an unknown policy',
      'paths: [deploy]\nonly: [image-pined]\n',
      'error: c.yaml: only: there is no policy, check or theme "image-pined"; did you mean image-pinned?; see: seaworthy policies list\n',
    ],
    ['an unknown profile', 'paths: [deploy]\nprofile: pss\n', 'error: c.yaml: profile pss: there is no such profile; there are default,'],
    ['a reason that is none', 'severities: {image-pinned: {severity: low, reason: ""}}\n', 'error: c.yaml: severities.image-pinned.reason: must have 3 characters or more'],
    ['a wrong type', 'paths: deploy\n', 'error: c.yaml: paths: must be a list (see: seaworthy schema config)\n'],
    ['a wrong word', 'failOn: hgh\n', 'error: c.yaml: failOn: must be one of low, medium, high, critical, never (see: seaworthy schema config)\n'],
    ['a number that should be quoted', 'kubeVersion: 1.30\n', 'error: c.yaml: kubeVersion: must be text, perhaps in quotes (see: seaworthy schema config)\n'],
    ['a severity without its reason', 'severities: {image-pinned: {severity: low}}\n', '"reason" is missing'],
    ['a severity of nothing', 'paths: [deploy]\nseverities: {image-pined: {severity: low, reason: because}}\n', 'there is no policy "image-pined"; did you mean image-pinned?'],
    ['broken YAML', 'paths:\n\t- deploy\n', 'error: c.yaml:2:1: '],
    ['a list', '- a\n', 'error: c.yaml: must be a mapping (see: seaworthy schema config)\n'],
    ['an address', 'paths: ["https://x/y.yaml"]\n', 'error: https://x/y.yaml: addresses are not fetched'],
    ['a control character', '"\\e[31m": x\n', 'unknown key "\\u001b[31m"'],
  ])('%s', (_, text, message) => {
    write(project, { 'c.yaml': text });
    const { status, stdout, stderr } = seaworthy(project, ['scan', '--config', 'c.yaml']);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  test('nothing in it, or comments alone, is no mistake', () => {
    for (const text of ['', '# later\n', '---\n']) {
      write(project, { 'c.yaml': text });
      expect(seaworthy(project, ['scan', 'deploy', '--config', 'c.yaml', '-o', 'name']).status).toBe(1);
    }
  });

  test('a file without end, or a folder, is told', () => {
    symlinkSync('/dev/zero', join(project, 'zero.yaml'));
    expect(seaworthy(project, ['scan', '--config', 'zero.yaml']).stderr).toContain('error: zero.yaml: it has 65 MiB');
    expect(seaworthy(project, ['scan', '--config', 'deploy']).stderr).toBe('error: deploy: it is a folder\n');
    expect(statSync(join(project, 'deploy')).isDirectory()).toBe(true);
  });
});
