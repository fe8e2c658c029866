import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { collectManifests } from '../../src/collect/manifests.ts';

const folder = mkdtempSync(join(tmpdir(), 'seaworthy-reach-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['/dev/stdin', '/dev/zero', '/dev/tty', '.'])('a compose file cannot make the scan read %s', (path) => {
  writeFileSync(join(folder, 'compose.yaml'), `services:\n  api:\n    image: api:1.0.0\n    env_file: ${path}\n`);
  const { gaps, units } = collectManifests({ paths: [folder], kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: false });
  expect(units.flatMap(({ resources }) => resources.map(({ type }) => type))).toContain('compose');
  expect(gaps.map(({ because }) => because).join()).toContain(`there is no file`);
});
