#!/usr/bin/env -S node --max-semi-space-size=8
// Plain JavaScript without static imports: on an old Node the first thing that happens must be a sentence, not a stack.
const [major, minor] = process.versions.node.split('.').map(Number);
const isOldNode = major < 22 || (major === 22 && minor < 19);
const isAskedForVersion = process.argv.length === 3 && ['version', '--version', '-V'].includes(process.argv[2]);

if (isAskedForVersion) {
  const { readFileSync } = await import('node:fs');
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  console.log(`seaworthy ${version}`);
} else if (isOldNode) {
  await runWithNewerNode();
} else {
  const { existsSync } = await import('node:fs');
  const built = new URL('../dist/seaworthy.js', import.meta.url);
  const { main } = await import(existsSync(built) ? built.href : new URL('../src/cli/main.ts', import.meta.url).href);
  await main(process.argv);
}

/** A checkout carries a newer Node as a development dependency. An installed package does not, and says what to do. */
async function runWithNewerNode() {
  const { existsSync } = await import('node:fs');
  const { fileURLToPath } = await import('node:url');
  const newer = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (existsSync(newer)) {
    const { spawnSync } = await import('node:child_process');
    const { status } = spawnSync(newer, ['--max-semi-space-size=8', ...process.argv.slice(1)], { stdio: 'inherit' });
    process.exitCode = status ?? 130;
    return;
  }
  console.error(
    `seaworthy needs Node 22.19 or newer; this is Node ${process.versions.node}. Install a newer one (https://nodejs.org), or run it once with: npx -p node@22 -p seaworthy seaworthy`,
  );
  process.exitCode = 2;
}
