#!/usr/bin/env -S node --min-semi-space-size=4 --max-semi-space-size=4
// CommonJS (bin/package.json says so) and old syntax: it starts 8 ms sooner, and on an old Node the first thing that
// happens is a sentence, not a stack.
const { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const bundle = join(__dirname, '../dist/seaworthy.cjs');
const [major, minor] = process.versions.node.split('.').map(Number);
const isOldNode = major < 22 || (major === 22 && minor < 19);
const isAskedForVersion = process.argv.length === 3 && ['version', '--version', '-V'].includes(process.argv[2]);

try {
  start();
} catch (error) {
  // Node itself would end with 1, which means violations.
  if (error.code !== 'ERR_ACCESS_DENIED') throw error;
  console.error(`error: node --permission keeps this program from its own files; allow it: --allow-fs-read=${join(__dirname, '..')}`);
  process.exitCode = 2;
}

function start() {
  if (!existsSync(join(__dirname, '../package.json'))) {
    sayIncomplete();
  } else if (isAskedForVersion) {
    const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
    console.log(`seaworthy ${version}`);
  } else if (isOldNode) {
    runWithNewerNode();
  } else if (existsSync(bundle)) {
    load(require.resolve(bundle)).main(process.argv);
  } else {
    // A checkout runs its sources as they are written.
    import('../src/cli/main.ts').then(({ main }) => main(process.argv), sayIncomplete);
  }
}

/**
 * Requires the bundle, with what V8 made of it in an earlier scan: without it, parsing and compiling are half of what the scan of a
 * manifest costs. It lies beside the bundle, where nobody can write who could not change the program itself. `module.enableCompileCache`
 * keeps less: what is compiled while the bundle is loaded, and not what is compiled while it scans.
 */
function load(bundle) {
  const { Module, createRequire } = require('node:module');
  const { Script } = require('node:vm');
  // Scans are over before what the last of V8's compilers makes has paid for itself: without it, one of 1,000 to 30,000 objects
  // takes a tenth less, and 10 MB. Node 22 has no other compiler that optimizes.
  if (major >= 24) require('node:v8').setFlagsFromString('--no-turbofan');
  const source = readFileSync(bundle, 'latin1');
  // The bundle begins with the digest of what it holds. Versions of Node have nothing to say to each other.
  const cache = `${bundle}-${source.slice(2, 18)}-${process.version}-${process.arch}.cache`;
  const cachedData = readKept(cache);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, { filename: bundle, cachedData });
  const isWanted = cachedData === undefined || script.cachedDataRejected;
  if (isWanted && process.argv[2] === 'scan') process.once('exit', (exitCode) => exitCode < 2 && keep(script, cache));
  const module = new Module(bundle);
  module.filename = bundle;
  // What is rare is loaded from files of its own, which ask for this one.
  require.cache[bundle] = module;
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, dirname(bundle));
  module.loaded = true;
  return module.exports;
}

/** It is kept twice: not every V8 notices where a disk has broken it, and would run whatever it finds. */
function readKept(cache) {
  try {
    const twice = readFileSync(cache);
    const once = twice.subarray(0, twice.length >> 1);
    return once.equals(twice.subarray(once.length)) ? once : undefined;
  } catch (_) {
    return undefined;
  }
}

/** All at once, for others may be reading it; and not at all where nothing may be written. */
function keep(script, cache) {
  const unfinished = `${cache}-${process.pid}-${Date.now()}`;
  try {
    removeAbandoned(dirname(cache));
    const file = openSync(unfinished, 'wx', 0o644);
    try {
      const data = script.createCachedData();
      writeFileSync(file, Buffer.concat([data, data]));
      closeSync(file);
      renameSync(unfinished, cache);
    } catch (_) {
      rmSync(unfinished, { force: true });
    }
  } catch (_) {
    // The next scan is as slow as this one was.
  }
}

/** What was being written when somebody ended the scan: its name ends with the time at which it was begun. */
function removeAbandoned(folder) {
  for (const name of readdirSync(folder)) {
    const begun = /\.cache-\d+-(\d+)$/.exec(name);
    if (begun !== null && Date.now() - Number(begun[1]) > 60000) rmSync(join(folder, name), { force: true });
  }
}

/** A copy of this file alone, or a checkout without its dependencies. */
function sayIncomplete(error) {
  if (error !== undefined && error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error(
    existsSync(join(__dirname, '../package.json'))
      ? 'seaworthy is not complete here: its dependencies are missing. Run npm ci in its folder first.'
      : 'seaworthy is not complete here: this is a copy of its launcher alone. Install the package: npm install --global seaworthy',
  );
  process.exitCode = 2;
}

/** A checkout carries a newer Node as a development dependency. An installed package does not, and says what to do. */
function runWithNewerNode() {
  const newer = join(__dirname, '../node_modules/node/bin/node');
  if (existsSync(newer)) {
    const { spawnSync } = require('node:child_process');
    const { status } = spawnSync(newer, ['--min-semi-space-size=4', '--max-semi-space-size=4', ...process.argv.slice(1)], { stdio: 'inherit' });
    process.exitCode = status === null ? 130 : status;
    return;
  }
  console.error(
    `seaworthy needs Node 22.19 or newer; this is Node ${process.versions.node}. Install a newer one (https://nodejs.org), or run it once with: npx -p node@22 -p seaworthy seaworthy`,
  );
  process.exitCode = 2;
}
