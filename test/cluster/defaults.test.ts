import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Derived } from '../../src/facts/derived.ts';
import { objectAt, stringAt } from '../../src/facts/read.ts';
import { nameOf, namespaceOf } from '../../src/facts/unit-index.ts';
import type { KubernetesObject } from '../../src/model/inventory.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { derive } from '../facts/support.ts';
import { type ApiServer, hasKube } from './api-server.ts';
import { differencesBetween, type Expected } from './compare-facts.ts';
import { fileOf, fixtureObjects, root, startServerFor } from './fixture-objects.ts';

// The server fills in what manifests leave out. Facts do so, too: both have to come to the same.

/** Facts that the server's answer changes, and why that is right. */
const EXPECTED: Expected = {
  'object.secretAge': 'only the server tells when a Secret was written',
  'object.duplicateKeys': 'kubectl sends the last of two equal keys',
  'object.namespaceName': 'the server writes the namespace into what leaves it open',
  'container.hasMilliByteMemory': 'the server stores quantities in their shortest form, 64000m as 64',
  'workload.mountsToken': 'accounts are not looked at here, so that the server mounts no token',
  'container.ownAppArmor': 'the server writes the old annotation into the field, too (KEP-24)',
};

describe.skipIf(!hasKube)('what the server stores of fixtures and examples', () => {
  const objects = fixtureObjects();
  let server: ApiServer;

  beforeAll(async () => {
    server = await startServerFor(objects);
  });
  afterAll(() => server.stop());

  test('has the facts that were derived from the manifest', () => {
    const files = [...new Set(objects.map(fileOf))];
    const { stdout } = server.kubectl(['create', '--dry-run=server', '--validate=false', '-o', 'json', ...files.flatMap((file) => ['-f', file])]);
    const stored = storedBy(stdout);
    const pairs = pairUp(objects, stored);
    expect(pairs.filter(({ stored: object }) => object !== undefined).length).toBeGreaterThan(550);

    const differences: string[] = [];
    for (const [file, members] of Map.groupBy(pairs, ({ written }) => fileOf(written))) {
      const written = subjectsOf(members.map((pair) => pair.written));
      const read = subjectsOf(members.map((pair) => (pair.stored === undefined ? pair.written : { ...pair.written, value: pair.stored, duplicateKeys: [] })));
      differences.push(...differencesBetween(written, read, EXPECTED).map((difference) => `${file.slice(root.length)}: ${difference}`));
    }
    expect(differences).toEqual([]);
  });
});

function subjectsOf(resources: readonly KubernetesObject[]): readonly Derived[] {
  return derive([{ kind: 'files', name: 'test', resources }], { namespace: 'default' }).all;
}

/** kubectl prints a List, or one document after the other where some are refused. */
function storedBy(stdout: string): JsonObject[] {
  return stdout
    .split(/(?<=^\})\n(?=\{$)/m)
    .filter((text) => text.trim() !== '')
    .map((text) => JSON.parse(text) as JsonObject)
    .flatMap((value) => (value['kind'] === 'List' ? (value['items'] as JsonObject[]) : [value]));
}

interface Pair {
  readonly written: KubernetesObject;
  readonly stored: JsonObject | undefined;
}

/** What is stored comes in the order of what was written, without what was refused. */
function pairUp(objects: readonly KubernetesObject[], stored: readonly JsonObject[]): Pair[] {
  let next = 0;
  const pairs = objects.map((written): Pair => {
    const candidate = stored[next];
    if (candidate === undefined || !isSame(written, candidate)) return { written, stored: undefined };
    next++;
    return { written, stored: candidate };
  });
  expect(next).toBe(stored.length);
  return pairs;
}

function isSame(written: KubernetesObject, stored: JsonObject): boolean {
  const candidate = { ...written, value: stored };
  const namespace = namespaceOf(written) || 'default';
  return (
    stringAt(written.value, 'kind') === stringAt(stored, 'kind') &&
    (stringAt(objectAt(written.value, 'metadata'), 'name') === '' ? nameOf(candidate).startsWith(nameOf(written)) : nameOf(candidate) === nameOf(written)) &&
    [namespace, ''].includes(namespaceOf(candidate))
  );
}
