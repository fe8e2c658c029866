import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { hasKube, startApiServer } from './api-server.ts';

describe.skipIf(!hasKube)("a server of one's own", () => {
  test('knows its users, obeys RBAC, runs controllers, logs what it is asked, and is gone afterwards', async () => {
    const server = await startApiServer({ users: { ada: ['readers'] }, audit: true, controllers: ['serviceaccount-controller'] });
    try {
      expect(server.mustKubectl(['get', 'namespace', 'default', '-o', 'name'])).toBe('namespace/default\n');
      const forbidden = server.kubectl(['get', 'pods', '--kubeconfig', server.kubeconfigOf('ada')]);
      expect(forbidden.stderr).toContain('User "ada" cannot list resource "pods"');
      server.mustKubectl(['wait', '--for=create', 'serviceaccount/default', '--timeout=60s']);
      const asked = server.auditEvents().find(({ user }) => user.username === 'ada');
      expect(asked).toMatchObject({ verb: 'list', objectRef: { resource: 'pods' }, responseStatus: { code: 403 } });
    } finally {
      await server.stop();
    }
    await expect(fetch(server.url)).rejects.toThrow();
  });

  test('ends with the process that started it, even if that is killed', async () => {
    const script = `const { startApiServer } = await import(${JSON.stringify(fileURLToPath(new URL('api-server.ts', import.meta.url)))});
      const server = await startApiServer(); console.log(server.folder); setInterval(() => {}, 1000);`;
    const starter = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [chunk] = await once(starter.stdout, 'data');
    const folder = String(chunk).trim();
    expect(running(folder)).toBe(true);
    starter.kill('SIGKILL');
    while (running(folder)) await sleep(50);
    // Nobody was left to do so.
    rmSync(folder, { recursive: true, force: true });
  });
});

/** Whether some process has the folder among its arguments. */
function running(folder: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}
