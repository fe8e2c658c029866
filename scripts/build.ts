import { hash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';
import { factClasses } from '../src/facts/derived.ts';
import { vocabulary } from '../src/facts/vocabulary.ts';
import { createCompiler } from '../src/policy/compile.ts';
import { digestOf } from '../src/policy/digest.ts';
import { isSelfSufficient, namesOf } from '../src/policy/judge.ts';
import { LATEST_KUBERNETES } from '../src/policy/kube-version.ts';
import { loadPolicies, type PolicyLibrary } from '../src/policy/load.ts';
import { readSchema, SCHEMAS, type SchemaName } from '../src/policy/schemas.ts';
import { selectPolicies } from '../src/policy/select.ts';
import { validate } from '../src/policy/validate.ts';

// Makes dist/ (or the folder that is named): one bundle with what a scan needs, its rare parts beside it, and the policies checked and packed into one file.

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = resolve(process.argv[2] ?? join(root, 'dist'));

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, 'schemas'), { recursive: true });

const bundle = await rolldown({
  input: { seaworthy: join(root, 'src/cli/main.ts') },
  platform: 'node',
  // What a scan needs is one file: what its rare parts need of it, too, would otherwise be made into a dozen others, and each takes half a millisecond to find and read.
  preserveEntrySignatures: 'allow-extension',
  // Of a package, what is not used is left out: of the rule library, most scans need one class. What speaks with clusters needs all of its own.
  plugins: [withoutUnused(), withoutExecutables()],
  treeshake: { moduleSideEffects: (id) => !/\/node_modules\/(?:@marcbachmann|ajv|commander|ignore|js-yaml)\//.test(id) },
});
// CommonJS, because an ES module pays 20 ms for the facades of Node's own modules; whitespace is a fifth of the parsing.
const { output } = await bundle.write({
  dir: dist,
  format: 'cjs',
  // One letter beyond Latin-1 would make all of it two bytes a letter, in memory and for the parser.
  charset: 'ascii',
  comments: { jsdoc: false },
  codeSplitting: { groups: [{ name: 'seaworthy', tags: ['$initial'] }] },
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name]-[hash].cjs',
  minify: { compress: true, mangle: { toplevel: true, keepNames: { function: true, class: true } }, codegen: { removeWhitespace: true } },
});
await bundle.close();
signBundle(join(dist, 'seaworthy.cjs'));
refuseEarly(['src/policy/compile.ts', 'src/policy/validate.ts', 'src/collect/cluster/client.ts']);

const library = loadPolicies(join(root, 'policies'), validate);
const compiler = createCompiler(vocabulary, factClasses, LATEST_KUBERNETES);
for (const policy of library.policies) compiler.compile(policy, { check: true });
const policies = library.policies.map(({ folder: _, ...policy }) => ({ ...policy, folder: `policies/${policy.theme}/${policy.id}` }));
// A policy whose sentences need the rule library is read when it is used.
const sentences = Object.fromEntries(
  policies
    .map((policy) => [policy, compiler.read(policy)] as const)
    .filter(([{ subject }, read]) => isSelfSufficient(read, namesOf(subject, vocabulary, LATEST_KUBERNETES)))
    .map(([{ id }, read]) => [id, read]),
);
const digests = Object.fromEntries(library.profiles.map((profile) => [profile.name, digestOf(selectPolicies(policies, profile, [], {}).policies)]));
const packed: PolicyLibrary = { policies, profiles: library.profiles, sentences, digests };
// One quotation mark would make all of it two bytes a letter.
writeFileSync(
  join(dist, 'policies.json'),
  JSON.stringify(packed).replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`),
);
cpSync(join(root, 'policies'), join(dist, 'policies'), { recursive: true, filter: (path) => !path.endsWith('.schema.json') });
for (const name of Object.keys(SCHEMAS) as SchemaName[]) writeFileSync(join(dist, 'schemas', `${name}.json`), JSON.stringify(readSchema(name), undefined, 2));
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licences(output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))));

const size = output.reduce((sum, chunk) => sum + (chunk.type === 'chunk' ? chunk.code.length : 0), 0);
console.log(
  `${dist}: ${output.length} files, ${Math.round(size / 1024)} KiB of code, ${library.policies.length} policies, of which ${policies.length - Object.keys(sentences).length} need the rule library`,
);

/**
 * Leaves out what the Kubernetes client's authentication imports and never calls: its generated API and an HTTP client of its
 * own, a megabyte that each scan of a cluster would parse for nothing.
 */
function withoutUnused(): Plugin {
  const exports: Readonly<Record<string, readonly string[]>> = {
    undici: ['Agent', 'ProxyAgent'],
    './gen/index.js': ['createConfiguration', 'ServerConfiguration'],
    './middleware.js': ['setHeaderMiddleware'],
  };
  const prefix = 'unused:';
  return {
    name: 'without-unused',
    resolveId: (id, importer) => (importer?.endsWith('/client-node/dist/config.js') === true && Object.hasOwn(exports, id) ? prefix + id : undefined),
    load: (id) => (id.startsWith(prefix) ? (exports[id.slice(prefix.length)] ?? []).map((name) => `export const ${name} = undefined;`).join('\n') : undefined),
  };
}

/** Commander loads Node's child processes for subcommands that are programs of their own: there are none, and it takes 3 ms of each start. */
function withoutExecutables(): Plugin {
  const nothing = '\0nothing';
  return {
    name: 'without-executables',
    resolveId: (id, importer) => (id === 'node:child_process' && importer?.includes('/commander/') === true ? nothing : undefined),
    load: (id) => (id === nothing ? 'export default {};' : undefined),
  };
}

/** The launcher reads it letter by byte, and tells by its first line whether what it keeps of the bundle is of this one. */
function signBundle(file: string): void {
  const code = readFileSync(file, 'utf8');
  const [beyond] = /[^\0-\x7f]/.exec(code) ?? [];
  if (beyond !== undefined) throw new Error(`${file}: "${beyond}" is not ASCII`);
  writeFileSync(file, `//${hash('sha256', code, 'hex').slice(0, 16)}\n${code}`);
}

/** One import at the top of a file is enough to make each scan load what few of them need. */
function refuseEarly(rare: readonly string[]): void {
  const chunks = new Map(output.flatMap((chunk) => (chunk.type === 'chunk' ? [[chunk.fileName, chunk] as const] : [])));
  const early = new Set(['seaworthy.cjs']);
  for (const name of early) for (const imported of chunks.get(name)?.imports ?? []) early.add(imported);
  const loaded = [...early].flatMap((name) => chunks.get(name)?.moduleIds ?? []);
  const found = rare.filter((file) => loaded.includes(join(root, file)));
  if (found.length > 0) throw new Error(`${found.join(', ')}: every scan would load it; import it where it is needed, with import()`);
}

/** What is bundled keeps its licence. */
function licences(modules: readonly string[]): string {
  const packages = new Set(modules.flatMap((id) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []));
  return [...packages]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; version: string; license: string };
      return `${name} ${version} (${license})\n\n${readLicence(folder)}`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function readLicence(folder: string): string {
  for (const name of ['LICENSE', 'LICENSE.md', 'LICENSE-MIT', 'license.md', 'license', 'LICENCE']) {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch {
      // Another spelling, or none.
    }
  }
  throw new Error(`${dirname(folder)}: a bundled package without a licence file`);
}
