import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createApp } from './corpus/app.ts';
import { applicationObjects } from './corpus/application.ts';
import type { CorpusFile } from './corpus/layout.ts';
import { filesOf, styleOf } from './corpus/layout.ts';
import { clusterObjects, createPlace, namespaceObjects } from './corpus/namespace.ts';
import { createRandom, seedFor } from './corpus/random.ts';
import { teams } from './corpus/words.ts';
import type { NodeMap } from './corpus/yaml.ts';

/** The seed of every published figure. */
export const defaultSeed = 20261121;

/** A namespace fills up before the next one opens, so that density, and with it every join, is equal at any length. */
const appsPerNamespace = 60;

/**
 * Exactly `count` Kubernetes objects of an invented company. The same arguments give the same bytes, and a longer corpus
 * begins with the shorter one (up to where the shorter one is cut).
 */
export function* generateCorpus(count: number, seed: number = defaultSeed): Generator<CorpusFile> {
  const names = new Set<string>();
  let left = count;
  const take = (objects: NodeMap[]): NodeMap[] => {
    const taken = objects.slice(0, left);
    left -= taken.length;
    return taken;
  };

  for (let index = 0; left > 0; index++) {
    const space = Math.floor(index / appsPerNamespace);
    const style = styleOf(createRandom(seedFor(seed, -1 - (space % teams.length))));
    const place = createPlace(space, createRandom(seedFor(seed, -1000 - space)));
    const app = createApp(index, place, names, createRandom(seedFor(seed, index)));
    if (index === 0) yield* filesOf({ ...app, name: 'cluster' }, take(clusterObjects()), style);
    if (index % appsPerNamespace === 0) yield* filesOf({ ...app, name: 'namespace', isRendered: false }, take(namespaceObjects(app)), style);
    yield* filesOf(app, take(applicationObjects(app)), style);
  }
}

export function writeCorpus(files: Iterable<CorpusFile>, directory: string): void {
  for (const { file, text } of files) {
    const path = join(directory, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

if (import.meta.main) {
  const [count, directory, ...rest] = process.argv.slice(2);
  if (!/^\d+$/.test(count ?? '') || directory === undefined || rest.length > 0) {
    process.stderr.write('usage: node bench/corpus.ts COUNT OUTDIR\n');
    process.exitCode = 2;
  } else writeCorpus(generateCorpus(Number(count)), directory);
}
