import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesBelow, library, pathOf, scanCase } from './corpora.ts';

/** Findings that somebody has looked at in the file, with what was found there. */
interface Checked {
  readonly policy: string;
  readonly isRight: boolean;
  readonly because: string;
  /** `file:line`, the file relative to the collection's files. */
  readonly places: readonly string[];
}

const checked = JSON.parse(readFileSync(new URL('./realworld-datastores.json', import.meta.url), 'utf8')) as readonly Checked[];
const MOST_FALSE = 0.05;

const ROOT = 'realworld/shared/files';
const files = filesBelow(ROOT);
const policies = library.policies.filter(({ subject }) => subject === 'datastore' || subject === 'connection');

/** A project's folder is scanned as a whole, as its owner would. */
const projects = [...new Set((files ?? []).map((file) => file.split('/').slice(0, 5).join('/')))].sort();

describe.runIf(files !== undefined)('datastores of real projects', async () => {
  const reports = await Promise.all(projects.map((project) => scanCase({ paths: [pathOf(project)], policies })));
  const found = reports.flatMap(({ findings }) =>
    [...findings].flatMap(({ policy, outcome, location, also }) =>
      outcome !== 'violation' ? [] : [location, ...also].map((place) => ({ policy, place: 'file' in place ? `${relativeTo(place.file)}:${place.line}` : '?' })),
    ),
  );
  const known = new Map(checked.flatMap((entry) => entry.places.map((place) => [`${entry.policy} ${place}`, entry] as const)));
  const looked = new Set(checked.flatMap(({ places }) => places.map((place) => dirname(place).split('/').slice(0, 2).join('/'))));

  test('there are some', () => {
    expect(projects.length).toBeGreaterThan(3);
  });

  test('every finding in a project that somebody has looked at is on the list', () => {
    const unlisted = found.filter(({ policy, place }) => looked.has(place.split('/').slice(0, 2).join('/')) && !known.has(`${policy} ${place}`));
    expect(unlisted).toEqual([]);
  });

  test('what is on the list is found', () => {
    const all = new Set(found.map(({ policy, place }) => `${policy} ${place}`));
    const present = new Set(projects.map((project) => project.slice(ROOT.length + 1)));
    const missed = [...known.keys()].filter((key) => present.has((key.split(' ')[1] ?? '').split('/').slice(0, 2).join('/')) && !all.has(key));
    expect(missed).toEqual([]);
  });

  test('at most one in twenty is a false alarm, and each has its reason', () => {
    const judged = checked.flatMap(({ isRight, places }) => places.map(() => isRight));
    expect(judged.filter((isRight) => !isRight).length).toBeLessThanOrEqual(judged.length * MOST_FALSE);
    for (const { because } of checked) expect(because.length).toBeGreaterThan(20);
  });
});

function relativeTo(file: string): string {
  return file.slice(file.indexOf(`${ROOT}/`) + ROOT.length + 1);
}
