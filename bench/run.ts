import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bar, Figure } from './bars.ts';
import { memoryFigure, printFigures, ratioFigure, scalingFigure } from './bars.ts';
import { bareNode, bareParser, nodeFlags, readSummary, scan, version } from './commands.ts';
import type { CorpusFile } from './corpus/layout.ts';
import { defaultSeed, generateCorpus, writeCorpus } from './corpus.ts';
import type { Command, Pair } from './measure.ts';
import { MeasureError, measurePair, outputOfOurs } from './measure.ts';

const usage = `usage: node bench/run.ts [--runs N] [--only GROUP,…] [--entry FILE] [--json FILE]

  --runs N      counted runs of each command, after one that warms up (default 5)
  --only        of start, 1000, 10000, realworld (default: all)
  --entry FILE  the command to measure (default: bin/seaworthy.js)
  --json FILE   write the figures there too
`;

const groups = ['start', '1000', '10000', 'realworld'] as const;
type Group = (typeof groups)[number];

const root = join(import.meta.dirname, '..');
const realworld = join(root, '..', 'shared', 'corpora', 'realworld');

interface Options {
  readonly runs: number;
  readonly only: ReadonlySet<Group>;
  readonly entry: string;
  readonly json: string | undefined;
}

/** Never fails a build: a shared machine would decide it. Only wrong use ends with another code than 0. */
function main(): void {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'seaworthy-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  process.on('SIGINT', () => process.exit(130));

  const machine = {
    node: process.version,
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    loadAtStart: loadavg()[0]?.toFixed(2),
    command: ['node', ...nodeFlags(options.entry), options.entry].join(' '),
    runs: options.runs,
    seed: defaultSeed,
  };
  process.stdout.write(
    `${Object.entries(machine)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n')}\n\n`,
  );
  const figures = measureBars(options, directory);
  process.stdout.write(printFigures(figures));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ ...machine, figures }, null, 2)}\n`);
}

function measureBars({ runs, only, entry }: Options, directory: string): Figure[] {
  const figures: Figure[] = [];
  const attempt = (bar: Bar, floor: Command, ours: Command, count: number, describe: (pair: Pair) => Figure): Pair | undefined => {
    process.stderr.write(`measuring ${bar.name} …\n`);
    try {
      const pair = measurePair(floor, ours, count, directory);
      figures.push(describe(pair));
      return pair;
    } catch (error) {
      if (!(error instanceof MeasureError)) throw error;
      figures.push({ ...bar, verdict: 'ERROR', because: error.message });
      return undefined;
    }
  };
  const scanned = (bar: Bar, corpus: Corpus): Pair | undefined =>
    attempt(bar, bareParser(corpus.path), scan(entry, corpus.path), runs, (pair) => ratioFigure(bar, pair, `${corpus.says}; ${reportSays(directory)}`));

  // Start-up is 25 ms, where one interrupt shows: more runs, and they cost nothing.
  const manyRuns = Math.max(runs, 15);
  const versionBar = { name: 'version', limit: 1.4 };
  if (only.has('start')) attempt(versionBar, bareNode, version(entry), manyRuns, (pair) => ratioFigure(versionBar, pair));
  const oneBar = { name: 'one manifest', limit: 3.3 };
  const oneManifest = join(import.meta.dirname, 'one-manifest.yaml');
  const one = only.has('start') ? attempt(oneBar, bareNode, scan(entry, oneManifest), manyRuns, (pair) => ratioFigure(oneBar, pair, reportSays(directory))) : undefined;

  const small = only.has('1000') ? scanned({ name: '1,000 objects', limit: 2.2 }, createCorpus(1_000, directory)) : undefined;
  const large = only.has('10000') ? scanned({ name: '10,000 objects', limit: 2.5, aim: 2 }, createCorpus(10_000, directory)) : undefined;
  if (large !== undefined) figures.push(memoryFigure({ name: 'peak memory at 10,000', limit: 220 }, large));
  if (one !== undefined && small !== undefined && large !== undefined) figures.push(scalingFigure({ name: '10,000 over 1,000, start-up off', limit: 11 }, one, small, large));

  const realworldBar = { name: 'realworld' };
  if (only.has('realworld')) {
    if (existsSync(realworld)) {
      const pair = scanned(realworldBar, { path: realworld, says: 'the floor reads its YAML files only' });
      if (pair !== undefined) figures.push(memoryFigure({ name: 'peak memory at realworld' }, pair));
    } else figures.push({ ...realworldBar, verdict: 'SKIPPED', because: `no ${realworld}` });
  }
  return figures;
}

interface Corpus {
  readonly path: string;
  readonly says: string;
}

/** Written anew each time; its digest says whether two figures are about the same bytes. */
function createCorpus(count: number, directory: string): Corpus {
  const path = join(directory, `corpus-${count}`);
  const digest = createHash('sha256');
  let files = 0;
  let bytes = 0;
  const observed = function* (corpus: Iterable<CorpusFile>): Generator<CorpusFile> {
    for (const written of corpus) {
      digest.update(`${written.file}\0${written.text}\0`);
      files++;
      bytes += Buffer.byteLength(written.text);
      yield written;
    }
  };
  writeCorpus(observed(generateCorpus(count)), path);
  return { path, says: `${count} objects in ${files} files, ${(bytes / 1e6).toFixed(2)} MB, sha256:${digest.digest('hex').slice(0, 12)}` };
}

function reportSays(directory: string): string {
  const file = outputOfOurs(directory);
  const { violation, unknown } = readSummary(file) ?? {};
  return `${violation ?? '?'} violations, ${unknown ?? '?'} unknown, report ${(statSync(file).size / 1e6).toFixed(2)} MB`;
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '5' },
      only: { type: 'string', default: groups.join() },
      entry: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs wants a whole number from 1, not ${values.runs}`);
  const only = values.only.split(',').map((name) => {
    const group = groups.find((known) => known === name);
    if (group === undefined) throw new Error(`--only does not know ${name}`);
    return group;
  });
  const entry = resolve(values.entry ?? join(root, 'bin', 'seaworthy.js'));
  if (!existsSync(entry)) throw new Error(`no ${entry}`);
  if (values.entry === undefined && !existsSync(join(root, 'dist'))) throw new Error('no dist/: run `npm run build` first, the bench measures what is installed');
  return { runs, only: new Set(only), entry, json: values.json };
}

main();
