import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAuditPolicy } from '../../src/facts/audit-policies.ts';
import { stringAt } from '../../src/facts/read.ts';
import { nameOf } from '../../src/facts/unit-index.ts';
import { type ApiServer, hasKube } from './api-server.ts';
import { fileOf, fixtureObjects, startServerFor } from './fixture-objects.ts';

// A fixture that no server would take teaches nothing: all are offered to a real one, with strict field validation and nothing kept.

/** Objects whose fault is that no server of today takes them: the end of their file's path, kind and name, what the server says, why that is right. */
const REFUSED: readonly (readonly [file: string, object: string, says: RegExp, because: string])[] = [
  [
    'ephemeral-debug-containers/violating.yaml',
    'Pod api',
    /ephemeralContainers: Forbidden: cannot be set on create/,
    'kubectl debug adds them to a running Pod; this is what kubectl get shows',
  ],
  ['pss-proc-mount/violating.yaml', 'Pod builder', /`hostUsers` must be false to use `Unmasked`/, 'servers before 1.33 took it, and judging it is the point'],
  ['secrets-plaintext-in-spec-secret-manifests/violating.yaml', 'Secret ', /unknown field "sops"/, 'sops adds it to the file, and takes it away before kubectl sees it'],
  ['manifest-served-api/fixed-1.24.yaml', 'CronJob report', /no matches for kind/, 'removed in 1.25'],
  ['manifest-served-api/fixed-1.24.yaml', 'HorizontalPodAutoscaler api', /no matches for kind/, 'removed in 1.26'],
  ['manifest-served-api/violating.yaml', 'Ingress shop', /no matches for kind/, 'removed in 1.22'],
  ['manifest-served-api/violating.yaml', 'CronJob report', /no matches for kind/, 'removed in 1.25'],
  ['manifest-served-api/violating.yaml', 'PodDisruptionBudget api', /no matches for kind/, 'removed in 1.25'],
  ['manifest-served-api/violating.yaml', 'HorizontalPodAutoscaler api', /no matches for kind/, 'removed in 1.26'],
  ['manifest-served-api/violating.yaml', 'PodSecurityPolicy restricted', /no matches for kind/, 'removed in 1.25'],
  ['namespace-pod-security-enforced-served/fixed-1.24.yaml', 'PodSecurityPolicy restricted', /no matches for kind/, 'removed in 1.25'],
  ['namespace-pod-security-enforced-served/violating.yaml', 'PodSecurityPolicy restricted', /no matches for kind/, 'removed in 1.25'],
];

/** What the API server reads from a file of its own, or answers with, is no object to it. */
const NO_OBJECT = /no matches for kind (?:"Policy" in version "audit\.k8s\.io\/v1"|"Status" in version "v1")$/;

describe.skipIf(!hasKube)('every Kubernetes fixture and example', () => {
  const objects = fixtureObjects();
  let server: ApiServer;

  beforeAll(async () => {
    server = await startServerFor(objects);
  });
  afterAll(() => server.stop());

  test('is taken by a real API server, or its being refused is the fault that it shows', () => {
    const files = [...new Set(objects.map(fileOf))];
    const { stdout, stderr } = server.kubectl(['create', '--dry-run=server', '--validate=strict', '-o', 'name', ...files.flatMap((file) => ['-f', file])]);
    const complaints = complaintsIn(stderr).filter((complaint) => !NO_OBJECT.test(complaint));
    // What exists already was validated first.
    const refusals = complaints.filter((complaint) => !/ already exists$/.test(complaint));
    const unexpected = refusals.filter((complaint) => !REFUSED.some(([file, , says]) => complaint.includes(file) && says.test(complaint)));
    expect(unexpected).toEqual([]);
    const unneeded = REFUSED.filter(([file, , says]) => !refusals.some((complaint) => complaint.includes(file) && says.test(complaint)));
    expect(unneeded).toEqual([]);
    expect(refusals).toHaveLength(REFUSED.length);
    // No document went missing on the way: what kubectl offers is what the collector reads.
    expect(stdout.trim().split('\n').length + complaints.length).toBe(objects.filter((object) => !isAuditPolicy(object) && stringAt(object.value, 'kind') !== 'Status').length);
  });

  test.each(REFUSED)('%s holds %s', (file, object) => {
    const there = objects.some((resource) => fileOf(resource).endsWith(file) && `${stringAt(resource.value, 'kind')} ${nameOf(resource)}`.startsWith(object));
    expect(there).toBe(true);
  });
});

/** One for each object: kubectl writes those of the server on lines of their own, and those about kinds as one list. */
function complaintsIn(stderr: string): string[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('Warning: '))
    .flatMap((line) => line.split(/(?=resource mapping not found)/))
    .filter((line) => line.includes('error when creating') || line.includes('resource mapping not found'))
    .map((line) => line.replace(/\]?$/, ''));
}
