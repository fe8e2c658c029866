#!/usr/bin/env -S node --max-semi-space-size=8
// CommonJS (bin/package.json says so) and old syntax: it starts 8 ms sooner, and on an old Node the first thing that
// happens is a sentence, not a stack.
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const bundle = join(__dirname, '../dist/seaworthy.cjs');
const [major, minor] = process.versions.node.split('.').map(Number);
const isOldNode = major < 22 || (major === 22 && minor < 19);
const isAskedForVersion = process.argv.length === 3 && ['version', '--version', '-V'].includes(process.argv[2]);

if (!existsSync(join(__dirname, '../package.json'))) {
  sayIncomplete();
} else if (isAskedForVersion) {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  console.log(`seaworthy ${version}`);
} else if (isOldNode) {
  runWithNewerNode();
} else if (existsSync(bundle)) {
  require(bundle).main(process.argv);
} else {
  // A checkout runs its sources as they are written.
  import('../src/cli/main.ts').then(({ main }) => main(process.argv), sayIncomplete);
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
    const { status } = spawnSync(newer, ['--max-semi-space-size=8', ...process.argv.slice(1)], { stdio: 'inherit' });
    process.exitCode = status === null ? 130 : status;
    return;
  }
  console.error(
    `seaworthy needs Node 22.19 or newer; this is Node ${process.versions.node}. Install a newer one (https://nodejs.org), or run it once with: npx -p node@22 -p seaworthy seaworthy`,
  );
  process.exitCode = 2;
}
