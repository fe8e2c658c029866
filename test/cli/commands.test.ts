import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { BIN, BIN_OF_CHECKOUT, pod, ROOT, seaworthy, temporaryFolder, write } from './run.ts';

const folder = temporaryFolder('commands');
write(folder, { 'pod.yaml': pod('a') });

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const ids = seaworthy(folder, ['policies', 'list', '-o', 'name']).stdout.trim().split('\n');

describe('explain', () => {
  test('one policy: what, why, a bad and a good example, and how to mend it, without colour in a pipe', () => {
    const { status, stdout, stderr } = seaworthy(folder, ['explain', 'workload-no-privileged']);
    expect([status, stderr]).toEqual([0, '']);
    for (const part of ['workload-no-privileged', 'Why', 'Bad', 'Good', 'privileged: true', 'Fix']) expect(stdout).toContain(part);
    expect(stdout).not.toContain('\u001b');
    expect(seaworthy(folder, ['explain', 'workload-no-privileged', '--color', 'always']).stdout).toContain('\u001b[');
  });

  test('every policy has a page', () => {
    expect(ids.length).toBeGreaterThan(50);
    // One process for all: what is tested is that none of them throws.
    const script = ids.map((id) => `"$N" "$S" explain ${id} > /dev/null || echo ${id}`).filter((_, index) => index % 12 === 0);
    expect(execFileSync('bash', ['-c', script.join('\n')], { cwd: folder, encoding: 'utf8', env: { ...process.env, N: process.execPath, S: BIN } })).toBe('');
  });

  test('a check that several policies decide lists them', () => {
    const { stdout } = seaworthy(folder, ['explain', 'secrets-plaintext-in']);
    expect(stdout).toMatch(/^secrets-plaintext-in is decided by \d+ policies:\n\n {2}\w+ +secrets-plaintext-in-/);
  });

  test.each<[string, string]>([
    ['workload-nonroot', 'error: explain workload-nonroot: there is no such policy; did you mean workload-non-root?; see: seaworthy policies list\n'],
    ['zzz', 'error: explain zzz: there is no such policy; see: seaworthy policies list\n'],
    ['__proto__', 'there is no such policy'],
    ['../../etc/passwd', 'there is no such policy'],
  ])('%s is none', (id, message) => {
    const { status, stdout, stderr } = seaworthy(folder, ['explain', id]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  const canIsolate = spawnSync('unshare', ['-rn', 'true']).status === 0;

  test.skipIf(!canIsolate)('needs no network, and nothing of the environment (skipped where the network cannot be taken away)', () => {
    const { status, stdout } = spawnSync('unshare', ['-rn', process.execPath, BIN, 'explain', 'workload-non-root'], { cwd: folder, encoding: 'utf8', env: {} });
    expect([status, stdout.length > 100]).toEqual([0, true]);
  });
});

describe('policies', () => {
  test('list', () => {
    const text = seaworthy(folder, ['policies', 'list']).stdout;
    expect(text).toMatch(new RegExp(`\\n${ids.length} policies: \\d+ critical, \\d+ high, \\d+ medium, \\d+ low\\n$`));
    const listed = JSON.parse(seaworthy(folder, ['policies', 'list', '-o', 'json']).stdout) as { id: string; severity: string; require: string }[];
    expect(listed.map(({ id }) => id)).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    const restricted = seaworthy(folder, ['policies', 'list', '--profile', 'pss-restricted', '-o', 'name']).stdout.trim().split('\n');
    expect(restricted.length).toBeLessThan(ids.length);
    expect(seaworthy(folder, ['policies', 'list', 'image-pinned-digest', '-o', 'name']).stdout).toBe('image-pinned-digest\n');
  });

  test('test, of one built in', () => {
    expect(seaworthy(folder, ['policies', 'test', 'workload-no-privileged'])).toMatchObject({ status: 0, stdout: 'ok    workload-no-privileged\n\n1 passed, 0 failed\n' });
    const slip = 'error: policies test: there is no policy "workload-non-rot"; did you mean workload-non-root?; see: seaworthy policies list\n';
    expect(seaworthy(folder, ['policies', 'test', 'workload-no-privileged', 'workload-non-rot'])).toMatchObject({ status: 2, stdout: '', stderr: slip });
    expect(seaworthy(folder, ['policies', 'test', 'nope'])).toMatchObject({ status: 2, stderr: 'error: policies test: there is no policy "nope"; see: seaworthy policies list\n' });
  });
});

describe('policies of one’s own', () => {
  const good = {
    title: 'Images come from our registry',
    severity: 'high',
    subject: 'container',
    require: 'container.name != "app"',
    message: '{container.name} is called app',
    expected: 'another name',
    actual: '{container.name}',
    why: 'Because a sentence has to stand here.',
    fix: 'Give it another name, whatever it is.',
    since: '0.1.0',
  };
  let count = 0;

  /** A folder with one policy, which differs from a good one. */
  function own(change: Readonly<Record<string, unknown>>, id = 'our-policy', files: Readonly<Record<string, string>> = {}): string {
    const name = `own${count++}`;
    write(join(folder, name), {
      [`theme/${id}/policy.yaml`]: JSON.stringify({ ...good, ...change }),
      ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`theme/${id}/${path}`, text])),
    });
    return name;
  }

  test('are judged, explained and listed', () => {
    const policies = own({}, 'our-policy', { 'violating.yaml': pod('a').replace('name: app', 'name: app # ✗'), 'fixed.yaml': pod('a').replace('name: app', 'name: b') });
    const { status, stdout } = seaworthy(folder, ['scan', 'pod.yaml', '--policies', policies, '--only', 'our-policy', '-o', 'wide']);
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^pod.yaml:6:13 HIGH our-policy Pod a container app: app is called app \[\w{12}\]\n$/)]);
    expect(seaworthy(folder, ['explain', 'our-policy', '--policies', policies]).stdout).toContain('name: app # ✗');
    expect(seaworthy(folder, ['policies', 'list', '--policies', policies, '-o', 'name']).stdout).toContain('our-policy\n');
    expect(seaworthy(folder, ['policies', 'test', '--policies', policies])).toMatchObject({ status: 0, stdout: 'ok    our-policy\n\n1 passed, 0 failed\n' });
  });

  test('test tells what a fixture and its policy do not agree about', () => {
    const policies = own({}, 'our-policy', { 'violating.yaml': pod('a').replace('image: nginx', 'image: nginx # ✗'), 'fixed.yaml': pod('a') });
    const { status, stdout } = seaworthy(folder, ['policies', 'test', '--policies', policies]);
    expect(status).toBe(1);
    expect(stdout).toContain('FAIL  our-policy');
    expect(stdout).toContain(`${policies}/theme/our-policy/violating.yaml:6: violation, but the line is not marked so: app is called app`);
    expect(stdout).toContain('violating.yaml:7: marked as violation, but nothing was found there');
    expect(stdout).toContain('fixed.yaml:6: violation, but it should be fixed: app is called app');
    expect(stdout).toContain('\n0 passed, 1 failed\n');
    const bare = own({});
    expect(seaworthy(folder, ['policies', 'test', '--policies', bare]).stdout).toContain('it has no violating.yaml');
  });

  test('objects of a cluster are fixtures, too', () => {
    const live = { subject: 'workload', require: 'workload.kind != "Deployment"', message: 'm', actual: '{workload.kind}' };
    const owner = 'apiVersion: apps/v1\nkind: Deployment # ✗\nmetadata: {name: a, namespace: shop, uid: u}\nspec: {template: {spec: {containers: [{name: app, image: nginx}]}}}\n';
    // Folded into its owner: no Pod is a workload of its own.
    const replica = `${pod('a')}status: {phase: Running}\n`.replace('{name: a}', '{name: a, namespace: shop, ownerReferences: [{uid: u, controller: true}]}');
    const fixed = replica.replace('uid: u', 'uid: other');
    const pointed = own({ ...live, at: 'workload.kind' }, 'our-policy', {
      'violating-live/a.yaml': `${owner}---\n${replica}`,
      'fixed-live.yaml': fixed,
    });
    expect(seaworthy(folder, ['policies', 'test', '--policies', pointed])).toMatchObject({ status: 0, stdout: 'ok    our-policy\n\n1 passed, 0 failed\n' });
    const stray = own({ ...live, at: 'workload.kind' }, 'our-policy', {
      'violating-live.yaml': `${owner}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n`,
      'fixed-live.yaml': fixed,
    });
    expect(seaworthy(folder, ['policies', 'test', '--policies', stray]).stdout).toContain('nothing that these policies read is a ConfigMap, so that no cluster is asked for it');
  });

  test.each<[string, Readonly<Record<string, unknown>>, string, string | undefined]>([
    ['a misspelt fact', { require: 'container.runAsRoot == false' }, 'require: there is no fact "runAsRoot" here', 'container.runAsRoot == false\n              ^^^^^^^^^\n'],
    ['a misspelt fact in when', { when: 'workload.kynd == "Pod"' }, 'when: there is no fact "kynd" here', '             ^^^^\n'],
    ['a misspelt fact in a template', { message: '{container.nam} x' }, 'message: there is no fact "nam" here', '              ^^^\n'],
    ['has()', { require: 'has(container.runsAsRoot)' }, 'require: has() would turn a fact that could not be learned into an answer', '    ^^^^'],
    ['.?', { require: 'container.?runsAsRoot.orValue(true)' }, 'require: `.?` would turn', '    ^^^^'],
    ['matches()', { require: 'container.name.matches("a")' }, 'require: matches() is not offered', '    ^^^^'],
    ['brackets', { require: 'container["name"] == ""' }, 'require: write .name', '    ^^^^'],
    ['an unknown variable', { require: 'nobody.name == ""' }, 'there is no "nobody" in scope', '    ^^^^^^'],
    ['a subject that is not in scope', { require: 'role.name == ""' }, 'there is no "role" in scope', '    ^^^^'],
    ['no yes or no', { require: 'container.name' }, 'require: it must say yes or no, but it is a string', '    ^^^^'],
    ['broken words', { require: 'container.name ==' }, 'require: ', '    container.name ==\n'],
    ['an unknown subject', { subject: 'containr' }, 'subject: there is no subject "containr"; there are', undefined],
    ['an unknown key', { sevrity: 'high' }, 'unknown key "sevrity"', undefined],
    ['an unknown severity', { severity: 'hgh' }, 'severity: must be one of low, medium, high, critical', undefined],
    ['a sentence that is none', { require: true }, 'require: must be text, perhaps in quotes', undefined],
    ['something missing', { why: undefined }, '"why" is missing', undefined],
  ])('%s: folder, field, expression and caret, before anything is read', (_, change, message, caret) => {
    const policies = own(change);
    const { status, stdout, stderr } = seaworthy(folder, ['scan', 'pod.yaml', '--policies', policies]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^error: ${policies}/theme/our-policy(?:/policy\\.yaml)?: `));
    expect(stderr).toContain(message);
    if (caret !== undefined) expect(stderr).toContain(caret);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('a bad one is told before what is to be read is looked for', () => {
    const policies = own({ require: 'container.runAsRoot == false' });
    const { status, stderr } = seaworthy(folder, ['scan', 'no-such-file.yaml', '--policies', policies]);
    expect([status, stderr]).toEqual([2, expect.stringContaining('there is no fact "runAsRoot" here')]);
  });

  test('an id that is taken', () => {
    expect(seaworthy(folder, ['scan', 'pod.yaml', '--policies', own({}, 'workload-non-root')]).stderr).toMatch(
      /theme\/workload-non-root: the id "workload-non-root" is taken by the built-in policies; rename the folder\n$/,
    );
    const [first, second] = [own({}), own({})];
    expect(seaworthy(folder, ['scan', 'pod.yaml', '--policies', first, '--policies', second]).stderr).toContain(`the id "our-policy" is taken by ${first}/theme/our-policy`);
  });

  test('a folder without any, and YAML that is none', () => {
    mkdirSync(join(folder, 'none'));
    expect(seaworthy(folder, ['scan', 'pod.yaml', '--policies', 'none'])).toMatchObject({
      status: 2,
      stderr: 'error: --policies none: it holds no policy; a policy is a folder with a policy.yaml\n',
    });
    write(folder, { 'broken/x/policy.yaml': 'title: x\nwhy: [\n' });
    expect(seaworthy(folder, ['scan', 'pod.yaml', '--policies', 'broken'])).toMatchObject({ status: 2, stderr: expect.stringMatching(/^error: broken\/x\/policy\.yaml:\d+: /) });
  });
});

describe('schema', () => {
  const schemaOf = (name: string): object => JSON.parse(seaworthy(folder, ['schema', name]).stdout) as object;
  const compile = (name: string) => new Ajv({ strict: false, allowUnionTypes: true }).compile(schemaOf(name));

  test('report: what the program writes', () => {
    const validate = compile('report');
    for (const args of [
      ['pod.yaml', '--show', 'pass,unknown'],
      ['pod.yaml', '--only', 'workload-non-root', '-n', 'nowhere'],
    ]) {
      validate(JSON.parse(seaworthy(folder, ['scan', ...args, '-o', 'json']).stdout));
      expect(validate.errors).toBe(null);
    }
    expect(validate({})).toBe(false);
  });

  test('policy: every policy of its own', () => {
    const validate = compile('policy');
    for (const id of ids.filter((_, index) => index % 8 === 0)) {
      const file = execFileSync('find', [join(ROOT, 'policies'), '-path', `*/${id}/policy.yaml`], { encoding: 'utf8' }).trim();
      validate(load(readFileSync(file, 'utf8')));
      expect(validate.errors, id).toBe(null);
    }
    expect(validate({ title: 'x' })).toBe(false);
  });

  test('profile and config', () => {
    expect(compile('profile')(load(readFileSync(join(ROOT, 'policies/profiles/default.yaml'), 'utf8')))).toBe(true);
    const config = compile('config');
    expect([config({ paths: ['a'], failOn: 'never' }), config({ paths: 'a' }), config({ path: [] })]).toEqual([true, false, false]);
  });
});

describe('completion', () => {
  const script = (shell: string): string => seaworthy(folder, ['completion', shell]).stdout;

  test('bash: sound, and it completes', () => {
    write(folder, { 'complete.bash': script('bash') });
    execFileSync('bash', ['-n', join(folder, 'complete.bash')]);
    const complete = (...words: readonly string[]): string[] =>
      execFileSync('bash', ['-c', `source complete.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _seaworthy; printf '%s\\n' "\${COMPREPLY[@]}"`, 'bash', ...words], {
        cwd: folder,
        encoding: 'utf8',
      })
        .trim()
        .split('\n');
    expect(complete('seaworthy', 'sc')).toEqual(['scan', 'schema']);
    expect(complete('seaworthy', 'scan', '--fail')).toEqual(['--fail-on', '--fail-on-unknown']);
    expect(complete('seaworthy', 'scan', '--fail-on', 'h')).toEqual(['high']);
    expect(complete('seaworthy', 'scan', 'po')).toContain('pod.yaml');
    expect(complete('seaworthy', 'explain', 'workload-no-priv')).toContain('workload-no-privileged');
    expect(complete('seaworthy', 'scan', '-o', 'j')).toEqual(['json']);
    expect(complete('seaworthy', 'schema', 'r')).toEqual(['report']);
  });

  test('zsh and fish: every command and flag is there', () => {
    for (const shell of ['zsh', 'fish']) {
      const text = script(shell);
      for (const word of ['scan', 'explain', 'policies', 'schema', 'completion', 'version', 'fail-on-unknown', 'pss-restricted', 'workload-no-privileged'])
        expect(text, shell).toContain(word);
      // Each quote is closed on its line.
      for (const line of text.split('\n')) expect((line.replaceAll("'\\''", '').replaceAll("\\'", '').match(/'/g) ?? []).length % 2, line).toBe(0);
    }
  });
});

describe('the launcher', () => {
  test.each([['version'], ['--version'], ['-V']])('%s', (arg) => {
    expect(seaworthy(folder, [arg])).toMatchObject({ status: 0, stdout: `seaworthy ${version}\n`, stderr: '' });
  });

  test('the sources run as they are written', () => {
    const run = (args: readonly string[]) => spawnSync(process.execPath, [BIN_OF_CHECKOUT, ...args], { cwd: folder, encoding: 'utf8' });
    expect(run(['version'])).toMatchObject({ status: 0, stdout: `seaworthy ${version}\n` });
    expect(run(['scan', 'pod.yaml', '-o', 'name'])).toMatchObject({ status: 1, stderr: '' });
    expect(run(['policies', 'test', 'workload-no-privileged'])).toMatchObject({ status: 0 });
  });

  test('called as a plugin, it speaks of itself as one', () => {
    execFileSync('ln', ['-s', BIN, join(folder, 'kubectl-seaworthy')]);
    const run = (args: readonly string[]) =>
      spawnSync(process.execPath, [join(folder, 'kubectl-seaworthy'), ...args], { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder } });
    expect(run(['scan', '--help']).stdout).toContain('kubectl seaworthy scan deploy/');
    expect(run(['scan']).stderr).toBe('error: no cluster is named: there is no kubeconfig; use --kubeconfig FILE\n');
  });

  const oldNode = ['/usr/local/bin/node', '/usr/bin/node'].find(
    (node) => existsSync(node) && /^v(?:1\d|2[01])\./.test(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout),
  );

  test.skipIf(oldNode === undefined)('on an old Node (skipped where there is none): a checkout finds the newer one that it carries', () => {
    const run = (args: readonly string[]) => spawnSync(oldNode ?? '', [BIN_OF_CHECKOUT, ...args], { cwd: folder, encoding: 'utf8' });
    expect(run(['version'])).toMatchObject({ status: 0, stdout: `seaworthy ${version}\n` });
    expect(run(['scan', 'pod.yaml', '-o', 'name'])).toMatchObject({ status: 1, stderr: '' });
  });

  test.skipIf(oldNode === undefined)('on an old Node, a package says which one it needs', () => {
    write(folder, { 'package/package.json': JSON.stringify({ name: 'seaworthy', version, type: 'module' }) });
    cpSync(join(ROOT, 'bin'), join(folder, 'package/bin'), { recursive: true });
    const { status, stdout, stderr } = spawnSync(oldNode ?? '', [join(folder, 'package/bin/seaworthy.js'), 'scan', '.'], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^seaworthy needs Node 22\.19 or newer; this is Node \d+\.\d+\.\d+\. Install a newer one .*\n$/);
  });

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['a copy of bin alone', {}, /^seaworthy is not complete here: this is a copy of its launcher alone\. Install the package: npm install --global seaworthy\n$/],
    [
      'a checkout without its dependencies',
      { 'package.json': '{"type": "module"}', 'src/cli/main.ts': "import { Command } from 'commander';\nexport const main = () => new Command();\n" },
      /^seaworthy is not complete here: its dependencies are missing\. Run npm ci in its folder first\.\n$/,
    ],
    ['a checkout without its sources', { 'package.json': '{"type": "module"}' }, /^seaworthy is not complete here/],
  ])('%s says what to do', (name, files, message) => {
    const copy = join(folder, name.replaceAll(' ', '-'));
    write(copy, { 'bin/x': '', ...files });
    cpSync(join(ROOT, 'bin'), join(copy, 'bin'), { recursive: true });
    for (const args of [['scan', '.'], ['version']]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(copy, 'bin/seaworthy.js'), ...args], { encoding: 'utf8' });
      if (args[0] === 'version' && 'package.json' in files) continue;
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(message);
    }
  });
});
