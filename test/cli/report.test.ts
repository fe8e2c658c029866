import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ROOT, seaworthy, temporaryFolder, write } from './run.ts';

// Saved reports, shown again and put together.

const folder = temporaryFolder('report');
const SOURCES = [join(ROOT, 'manifests-examples'), join(ROOT, 'policies/workload-hardening'), join(ROOT, 'policies/secrets')];

/** Times are the only thing in which two runs over the same input differ. */
function timeless(text: string): string {
  return text.replace(/"startedAt": ?"[^"]*"/, '').replace(/"durationMs": ?\d+/, '');
}

function scanTo(file: string, ...more: string[]): string {
  const { stderr } = seaworthy(folder, ['scan', ...SOURCES, '-o', `json=${file}`, '--color', 'never', ...more]);
  expect(stderr).not.toContain('error');
  return join(folder, file);
}

describe('a saved report', () => {
  const saved = scanTo('whole.json', '--show', 'pass');

  test.each(['text', 'wide', 'name', 'prom', 'policyreport', 'openreports'])('shows as %s what the scan itself would have shown', (format) => {
    const fresh = seaworthy(folder, ['scan', ...SOURCES, '-o', format, '--show', 'unknown']);
    const again = seaworthy(folder, ['report', saved, '-o', format, '--show', 'unknown']);
    const plain = (text: string) => text.replace(/timestamp_seconds \S+|duration_seconds \S+|"seconds":\d+|scanned-at":"[^"]*"/g, '');
    expect(plain(again.stdout)).toBe(plain(fresh.stdout));
    expect(again.status).toBe(fresh.status);
    expect(again.stderr).toBe(fresh.stderr);
  });

  test('becomes the same JSON, byte for byte', () => {
    expect(seaworthy(folder, ['report', saved, '-o', 'json', '--show', 'pass']).stdout).toBe(readFileSync(saved, 'utf8'));
  });

  test('may be packed, and may come from standard input', () => {
    writeFileSync(`${saved}.gz`, gzipSync(readFileSync(saved)));
    const packed = seaworthy(folder, ['report', `${saved}.gz`, '-o', 'name']);
    const piped = seaworthy(folder, ['report', '-', '-o', 'name'], { input: readFileSync(saved) });
    expect(packed.stdout.split('\n').length).toBeGreaterThan(100);
    expect(piped.stdout).toBe(packed.stdout);
  });

  test('decides the exit code as a scan does', () => {
    expect(seaworthy(folder, ['report', saved, '-o', 'name', '--fail-on', 'never', '--allow-incomplete']).status).toBe(0);
  });
});

describe('a split scan', () => {
  const COUNT = 4;
  const whole = scanTo('unsplit.json', '--show', 'pass');
  const parts = Array.from({ length: COUNT }, (_, index) => scanTo(`part-${index}.json`, '--show', 'pass', '--shard', `${index}/${COUNT}`));

  test('merged, it is the unsplit one byte for byte, whatever the order of the parts', () => {
    const merged = seaworthy(folder, ['report', ...parts.toReversed(), '-o', 'json', '--show', 'pass']).stdout;
    expect(timeless(merged)).toBe(timeless(readFileSync(whole, 'utf8')));
  });

  test('each part has findings, and none has those of another', () => {
    const ids = parts.map((part) => (JSON.parse(readFileSync(part, 'utf8')).findings as { id: string }[]).map(({ id }) => id));
    expect(ids.every(({ length }) => length > 0)).toBe(true);
    expect(new Set(ids.flat()).size).toBe(ids.flat().length);
  });

  test('a missing part is named, and the report is not complete', () => {
    const { status, stderr, stdout } = seaworthy(folder, ['report', ...parts.slice(1), '-o', 'json', '--fail-on', 'never']);
    expect(stderr).toContain('part 0/4 of the scan: its report was not given');
    expect(JSON.parse(stdout).scan.complete).toBe(false);
    expect(status).toBe(3);
  });

  test('a part alone is not the whole', () => {
    expect(seaworthy(folder, ['report', parts[0] ?? '', '-o', 'name', '--fail-on', 'never']).status).toBe(3);
  });

  test('a part that is empty is no failure, a whole that is empty is one', () => {
    write(folder, { 'empty.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {a: b}\n' });
    for (const index of [0, 1]) {
      const args = ['scan', 'empty.yaml', '--only', 'workload-non-root', '-o', `json=empty-${index}.json`, '--shard', `${index}/2`];
      expect(seaworthy(folder, args).status).toBe(0);
    }
    expect(seaworthy(folder, ['report', 'empty-0.json', 'empty-1.json']).status).toBe(3);
  });

  test.each([
    ['the same part twice', () => [parts[0], parts[0]], 'it is part 0/4, and so is'],
    ['a part and a whole', () => [parts[0], whole], 'it is a whole scan, and'],
    ['parts that other rules judged', () => [parts[0], scanTo('other.json', '--shard', '1/4', '--profile', 'nsa-cisa')], 'reports are merged only if the same rules judged them'],
  ])('%s cannot be merged', (_, files, message) => {
    const { status, stderr } = seaworthy(folder, ['report', ...files().map(String)]);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });

  test('the index may come from an Indexed Job', () => {
    const { stdout } = seaworthy(folder, ['scan', ...SOURCES, '-o', 'json', '--shard', '/4', '--show', 'pass'], { env: { JOB_COMPLETION_INDEX: '2' } });
    expect(timeless(stdout)).toBe(timeless(readFileSync(parts[2] ?? '', 'utf8')));
  });

  test.each(['4/4', '1', 'a/b', '0/0', '1/1001', '-1/4', '/4', '1/4/2'])('--shard %s is wrong use', (shard) => {
    const { status, stderr } = seaworthy(folder, ['scan', ...SOURCES, '--shard', shard]);
    expect(status).toBe(2);
    expect(stderr).toContain('--shard');
  });
});

describe('what is no report', () => {
  test.each([
    ['is not JSON', 'password: hunter2', 'it is not JSON'],
    ['is of another kind', '{"kind": "Pod"}', 'is missing'],
    ['is of another version', '{"$schema": "https://seaworthy.dev/schemas/report-v1.json", "apiVersion": "seaworthy.dev/v9"}', 'apiVersion: must be "seaworthy.dev/v1"'],
    ['is only half there', '{"apiVersion": "seaworthy.dev/v1", "findings": [', 'it is not JSON'],
    ['claims to be packed', '\u001f\u008b nonsense', 'it cannot be unpacked'],
  ])('a file that %s', (_, text, message) => {
    writeFileSync(join(folder, 'wrong.json'), text, 'latin1');
    const { status, stderr } = seaworthy(folder, ['report', 'wrong.json']);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('hunter2');
  });

  test('a file that is absent', () => {
    expect(seaworthy(folder, ['report', 'absent.json'])).toMatchObject({ status: 2, stderr: expect.stringContaining('absent.json') });
  });
});
